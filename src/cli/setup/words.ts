/** What the wizard says, in English and in Chinese. */
export type Speech = 'zh' | 'en'

export interface Words {
  readonly language: Speech
  readonly title: string
  readonly present: (appId: string) => string
  readonly keep: string
  readonly replace: string
  readonly how: string
  readonly scan: string
  readonly scanHint: string
  readonly type: string
  readonly typeHint: string
  readonly scanNow: string
  readonly waiting: string
  /** Something that lasts, and can be ended. */
  readonly waitingFor: (what: string) => string
  readonly expired: string
  readonly scanned: (appId: string) => string
  readonly appId: string
  readonly secret: string
  readonly wanted: string
  readonly checking: string
  readonly accepted: string
  readonly refused: (why: string) => string
  readonly unasked: (why: string) => string
  /** What parts a cause and its cure. */
  readonly between: string
  readonly network: string
  /** How flags go on after a trial that failed. */
  readonly skip: string
  readonly whatNow: string
  readonly again: string
  readonly anyway: string
  readonly transport: string
  readonly transports: Readonly<Record<'websocket' | 'webhook', readonly [string, string]>>
  readonly publicUrl: string
  readonly port: string
  readonly challenging: string
  readonly challenged: string
  readonly unchallenged: (why: string) => string
  readonly consoleTitle: string
  /** `url`: what the platform calls; `local`: where Herald listens. */
  readonly consoleSteps: (url: string, local: string) => string
  readonly agent: string
  readonly agents: Readonly<Record<'keep' | 'echo' | 'openai' | 'acp' | 'command' | 'http', readonly [string, string]>>
  readonly url: string
  readonly model: string
  readonly key: string
  readonly command: string
  readonly trying: string
  readonly question: string
  readonly answered: (said: string) => string
  readonly silent: (why: string) => string
  readonly policyTitle: string
  readonly policy: string
  readonly dm: string
  readonly dmChoices: Readonly<Record<'pairing' | 'allowlist' | 'open' | 'disabled', readonly [string, string]>>
  readonly group: string
  readonly groupChoices: Readonly<Record<'allowlist' | 'open' | 'disabled', readonly [string, string]>>
  readonly users: string
  readonly groups: string
  readonly changes: string
  readonly write: string
  readonly yes: string
  readonly no: string
  readonly written: string
  readonly nothing: string
  readonly service: string
  readonly cancelled: string
  readonly doneRuns: string
  readonly doneRun: string
}

export const WORDS: Readonly<Record<Speech, Words>> = {
  en: {
    language: 'en',
    title: 'Herald: set up a QQ bot',
    present: appId => `There is a bot already (app id ${appId}).`,
    keep: 'Keep it',
    replace: 'Set up another in its place',
    how: 'How shall Herald get the credentials of the bot?',
    scan: 'By a QR code',
    scanHint: 'scan it with QQ on the phone',
    type: 'I type them',
    typeHint: 'app id and secret from q.qq.com',
    scanNow: 'Scan this with QQ on your phone, and choose a bot. Or open:',
    waiting: 'Waiting for the scan',
    waitingFor: what => `${what} … (Ctrl-C ends it)`,
    expired: 'That code has expired. Here is a new one.',
    scanned: appId => `The bot ${appId} was chosen.`,
    appId: 'App id',
    secret: 'Secret (AppSecret)',
    wanted: 'It is needed.',
    checking: 'Asking the platform',
    accepted: 'The platform takes these credentials.',
    refused: why => `The platform does not take them: ${why}`,
    unasked: why => `The platform could not be asked: ${why}`,
    between: '; ',
    network: 'check the network',
    skip: 'mend it, or leave the trial out with --no-check',
    whatNow: 'What now?',
    again: 'Enter them again',
    anyway: 'Go on with it anyway',
    transport: 'How shall messages come in?',
    transports: {
      websocket: ['Over a connection that Herald opens', 'recommended; nothing has to reach this machine'],
      webhook: ['As callbacks to an address of yours', 'behind a reverse proxy with TLS'],
    },
    publicUrl: 'The address that QQ shall call, such as https://bot.example.com/qqbot',
    port: 'The port on this machine that the reverse proxy passes it to',
    challenging: 'Sending a challenge there',
    challenged: 'The challenge came through, and was answered.',
    unchallenged: why => `The challenge was not answered as it should be: ${why}`,
    consoleTitle: 'On q.qq.com',
    consoleSteps: (url, local) =>
      `Under Development → Callback settings enter:\n  ${url}\nIt has to be https, on port 443, 8443, 80 or 8080.\nThe reverse proxy passes it to ${local}, the body as it came (docs/qq.md).\nStart Herald before you save it there: the console sends a challenge at once.\nThen tick the events of private chats, groups and buttons.`,
    agent: 'Who shall answer?',
    agents: {
      keep: ['The agent that is set up already', ''],
      echo: ['An echo', 'to try the connection'],
      openai: ['A model', 'any server that speaks OpenAI chat completions'],
      acp: ['An agent program', 'one that speaks the Agent Client Protocol'],
      command: ['Any program', 'one JSON line in, text out'],
      http: ['A server of your own', 'one POST a turn'],
    },
    url: 'Address of the server',
    model: 'Model',
    key: 'API key (empty for none)',
    command: 'Command, with its arguments',
    trying: 'Trying it',
    question: 'Reply with one short sentence: are you there?',
    answered: said => `It answers: ${said}`,
    silent: why => `It does not answer: ${why}`,
    policyTitle: 'Who may talk',
    policy:
      'pairing: a stranger gets a code, and nothing else until you let them in.\nallowlist: only the ids that you list.\nopen: everyone, and you pay for every answer.',
    dm: 'Private chats',
    dmChoices: {
      pairing: ['Pairing', 'recommended'],
      allowlist: ['Only a list', ''],
      open: ['Everyone', ''],
      disabled: ['Nobody', ''],
    },
    group: 'Groups',
    groupChoices: {
      allowlist: ['Only a list', 'recommended'],
      open: ['Every group that it is in', ''],
      disabled: ['None', ''],
    },
    users: 'Openids of people, separated by commas (empty for none yet)',
    groups: 'Openids of groups, separated by commas (empty for none yet)',
    changes: 'What will change',
    write: 'Write it?',
    yes: 'Yes',
    no: 'No',
    written: 'Written.',
    nothing: 'Nothing to change.',
    service: 'Run it as a service, so that it is there day and night?',
    cancelled: 'Nothing was changed.',
    doneRuns: 'Herald runs. `herald status` shows how it does.',
    doneRun: '`herald run` starts it; `herald doctor` looks at everything.',
  },
  zh: {
    language: 'zh',
    title: 'Herald：设置 QQ 机器人',
    present: appId => `已有一个机器人（App ID ${appId}）。`,
    keep: '保留',
    replace: '换成另一个',
    how: '如何取得机器人的凭据？',
    scan: '扫二维码',
    scanHint: '用手机 QQ 扫描',
    type: '手动输入',
    typeHint: 'q.qq.com 上的 App ID 和 AppSecret',
    scanNow: '请用手机 QQ 扫描并选择机器人，或打开：',
    waiting: '等待扫码',
    waitingFor: what => `${what}……（Ctrl-C 结束）`,
    expired: '二维码已过期，这是新的。',
    scanned: appId => `已选择机器人 ${appId}。`,
    appId: 'App ID',
    secret: 'AppSecret',
    wanted: '不能为空。',
    checking: '正在询问平台',
    accepted: '平台接受了这组凭据。',
    refused: why => `平台没有接受：${why}`,
    unasked: why => `没能问到平台：${why}`,
    between: '；',
    network: '检查网络、DNS 和代理',
    skip: '请改正，或用 --no-check 跳过检查',
    whatNow: '接下来？',
    again: '重新输入',
    anyway: '仍然继续',
    transport: '消息如何送达？',
    transports: {
      websocket: ['由 Herald 主动连接', '推荐，本机无需对外开放'],
      webhook: ['回调到你的地址', '需要带 TLS 的反向代理'],
    },
    publicUrl: 'QQ 要回调的地址，例如 https://bot.example.com/qqbot',
    port: '反向代理转发到本机的端口',
    challenging: '正在向该地址发送验证请求',
    challenged: '验证请求已送达，并得到正确回答。',
    unchallenged: why => `验证请求没有得到正确回答：${why}`,
    consoleTitle: '在 q.qq.com 上',
    consoleSteps: (url, local) =>
      `在“开发 → 回调配置”中填写：\n  ${url}\n必须是 https，端口为 443、8443、80 或 8080。\n反向代理把它原样转发到 ${local}（见 docs/qq.md）。\n先启动 Herald 再保存：控制台会立即发送验证请求。\n然后勾选单聊、群聊和按钮的事件。`,
    agent: '由谁来回答？',
    agents: {
      keep: ['沿用已设置的智能体', ''],
      echo: ['回声', '用来测试连接'],
      openai: ['模型', '任何兼容 OpenAI chat completions 的服务'],
      acp: ['智能体程序', '支持 Agent Client Protocol'],
      command: ['任意程序', '输入一行 JSON，输出文本'],
      http: ['自己的服务', '每轮一次 POST'],
    },
    url: '服务地址',
    model: '模型',
    key: 'API 密钥（没有则留空）',
    command: '命令及其参数',
    trying: '正在尝试',
    question: '请用一句话回答：你在吗？',
    answered: said => `它回答：${said}`,
    silent: why => `它没有回答：${why}`,
    policyTitle: '谁可以对话',
    policy:
      'pairing（配对）：陌生人只会得到一个配对码，直到你放行。\nallowlist（名单）：只有你列出的 id。\nopen（开放）：所有人，每次回答的费用由你承担。',
    dm: '私聊',
    dmChoices: {
      pairing: ['配对', '推荐'],
      allowlist: ['仅名单', ''],
      open: ['所有人', ''],
      disabled: ['关闭', ''],
    },
    group: '群聊',
    groupChoices: {
      allowlist: ['仅名单', '推荐'],
      open: ['所在的所有群', ''],
      disabled: ['关闭', ''],
    },
    users: '用户 openid，以逗号分隔（可留空）',
    groups: '群 openid，以逗号分隔（可留空）',
    changes: '将要更改',
    write: '写入？',
    yes: '是',
    no: '否',
    written: '已写入。',
    nothing: '没有需要更改的内容。',
    service: '安装为系统服务，日夜运行？',
    cancelled: '什么也没有更改。',
    doneRuns: 'Herald 正在运行。`herald status` 查看状态。',
    doneRun: '`herald run` 启动；`herald doctor` 检查一切。',
  },
}

export function speechOf(env: Readonly<Record<string, string | undefined>>): Speech {
  return /^zh/i.test(env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '') ? 'zh' : 'en'
}
