/**
 * What each code of a failure means, and what helps, in both languages: for `docs/errors.md`, the pages, the chats and the
 * alerts. A message that came with a code is the platform's or the system's, and stays as it came.
 */

/** @typedef {import('./causes.js').Cause} Cause */

const NOTHING = { en: 'nothing', zh: '无需处理' }
const UNLESS_IT_STAYS = { en: 'nothing, unless it stays', zh: '无需处理，除非一直如此' }
const NETWORK = { en: 'check network, DNS and proxy', zh: '检查网络、DNS 和代理' }
const NETWORK_IF_IT_STAYS = {
  en: 'check network, DNS and proxy; nothing, unless it stays',
  zh: '检查网络、DNS 和代理；若很快恢复则无需处理',
}
const REPORT = { en: 'report it', zh: '请反馈这个问题' }

/** @type {readonly Cause[]} */
export const PROCESS_CAUSES = [
  {
    codes: ['config_invalid'],
    what: {
      en: 'a setting is wrong; the line names it, its place and the cure',
      zh: '某项设置有误；错误信息写明是哪一项、在哪里、怎么改',
    },
    cure: { en: 'mend it; `herald config check` tries it', zh: '改正它；`herald config check` 可以检查' },
  },
  {
    codes: ['owned_elsewhere'],
    what: { en: 'another process has this home or this bot', zh: '另一个进程正在使用这个目录或这个机器人' },
    cure: {
      en: 'end it; `herald status` in its home names it',
      zh: '结束那个进程；在它的目录里运行 `herald status` 可以看到它',
    },
  },
  {
    codes: ['lock_unusable'],
    what: { en: 'the lock file cannot be made', zh: '无法创建锁文件' },
    cure: { en: 'mend the rights of the home', zh: '修正目录的权限' },
  },
  {
    codes: ['control_taken', 'control_unusable'],
    what: { en: 'the control socket cannot be made', zh: '无法创建控制套接字' },
    cure: { en: 'mend the rights of the home, or shorten its path', zh: '修正目录的权限，或缩短它的路径' },
  },
  {
    codes: ['port_taken', 'http_unusable'],
    what: { en: 'the HTTP port cannot be had', zh: '无法使用 HTTP 端口' },
    cure: { en: 'name another under `gateway.http`', zh: '在 `gateway.http` 中换一个端口' },
  },
  {
    codes: ['journal_corrupt'],
    what: { en: 'the journal is damaged', zh: '日志数据库已损坏' },
    cure: {
      en: '`herald restore` from a copy, or put the file aside and begin anew',
      zh: '用 `herald restore` 从备份恢复，或把文件移走重新开始',
    },
  },
  {
    codes: ['journal_newer'],
    what: { en: 'a later version of Herald has written the journal', zh: '日志数据库由更新版本的 Herald 写入' },
    cure: { en: 'run that version, or restore the copy of before', zh: '运行那个版本，或恢复之前的备份' },
  },
  {
    codes: ['journal_foreign'],
    what: { en: 'the file is no journal of Herald', zh: '这个文件不是 Herald 的日志数据库' },
    cure: { en: 'put it aside', zh: '把它移走' },
  },
  {
    codes: ['journal_locked'],
    what: { en: 'another program has the journal open', zh: '另一个程序打开了日志数据库' },
    cure: { en: 'end it', zh: '结束那个程序' },
  },
  {
    codes: ['journal_unopenable'],
    what: { en: 'the journal cannot be opened', zh: '无法打开日志数据库' },
    cure: { en: 'mend the rights of the home', zh: '修正目录的权限' },
  },
  {
    codes: ['journal_unwritable'],
    what: {
      en: 'the disk refuses to write; the links are closed until it takes it again, and nothing is lost',
      zh: '磁盘无法写入；恢复之前连接保持关闭，消息不会丢失',
    },
    cure: { en: 'make room, or mend the disk', zh: '清理空间，或修复磁盘' },
  },
]

/** @type {readonly Cause[]} */
export const ACCOUNT_CAUSES = [
  {
    codes: ['qq_credentials_rejected'],
    what: {
      en: 'the platform does not know the app id, or its secret is wrong',
      zh: '平台不认识这个 AppID，或密钥不对',
    },
    cure: {
      en: 'compare both with q.qq.com, correct them, `herald reload`',
      zh: '与 q.qq.com 上的核对并改正，然后运行 `herald reload`',
    },
  },
  {
    codes: ['qq_bot_banned'],
    what: { en: 'the bot is banned', zh: '机器人已被封禁' },
    cure: { en: 'see the notices on q.qq.com', zh: '查看 q.qq.com 上的通知；Herald 会继续缓慢重试' },
  },
  {
    codes: ['qq_bot_offline'],
    what: { en: 'the bot is not published: only the sandbox may connect', zh: '机器人未上线：只有沙箱可以连接' },
    cure: {
      en: 'publish it on q.qq.com, or set `host: sandbox` for the account',
      zh: '在 q.qq.com 上发布，或把该账号的 `host` 设为 sandbox',
    },
  },
  {
    codes: ['qq_intents_refused'],
    what: {
      en: 'the bot may not ask for what it asks for, not even for the least',
      zh: '机器人没有所请求的事件权限，连最基本的也没有',
    },
    cure: { en: 'check its permissions on q.qq.com', zh: '在 q.qq.com 上检查它的权限' },
  },
  {
    codes: ['qq_address_refused'],
    what: { en: "the platform does not accept calls from this machine's address", zh: '平台不接受来自本机地址的请求' },
    cure: {
      en: "add the public address to the bot's allowlist on q.qq.com",
      zh: '在 q.qq.com 上把公网地址加入机器人的 IP 白名单',
    },
  },
  {
    codes: ['qq_reconnect_exhausted'],
    what: {
      en: 'so many attempts failed in a row; the message names the last cause',
      zh: '连续多次重连失败；后面的信息是最近一次的原因',
    },
    cure: { en: 'look at that cause; it is revived by itself', zh: '查看该原因；之后会自动恢复连接' },
  },
  {
    codes: ['qq_identify_budget'],
    what: { en: "the platform's daily sessions are used up; it waits", zh: '平台当天的会话次数已用完，正在等待' },
    cure: {
      en: 'find out why sessions are lost so often; `herald incident last`',
      zh: '用 `herald incident last` 查明会话为何频繁丢失',
    },
  },
  {
    codes: ['qq_identify_refused'],
    what: { en: 'a new session was refused; the wait grows', zh: '新会话被拒绝，等待时间会逐渐变长' },
    cure: UNLESS_IT_STAYS,
  },
  {
    codes: ['qq_token_unreachable', 'qq_token_timeout', 'qq_token_failed', 'qq_token_busy'],
    what: { en: 'no access token could be had', zh: '无法取得访问令牌' },
    cure: NETWORK,
  },
  {
    codes: ['qq_token_rejected'],
    what: { en: 'the token was refused; a new one is fetched', zh: '令牌被拒绝，正在重新获取' },
    cure: NOTHING,
  },
  {
    codes: [
      'qq_gateway_unreachable',
      'qq_gateway_timeout',
      'qq_gateway_failed',
      'qq_gateway_busy',
      'qq_gateway_pace',
      'qq_gateway_unreadable',
      'qq_gateway_url_missing',
      'qq_gateway_url_invalid',
    ],
    what: { en: 'the platform did not say where to connect', zh: '平台没有给出连接地址' },
    cure: NETWORK_IF_IT_STAYS,
  },
  {
    codes: ['qq_api_unreachable', 'qq_api_failed', 'qq_api_busy'],
    what: {
      en: 'the API does not answer a webhook account; events may still come in',
      zh: '接口没有回应这个 webhook 账号；事件可能仍会送达',
    },
    cure: NETWORK_IF_IT_STAYS,
  },
  {
    codes: ['qq_webhook_unreachable'],
    what: {
      en: 'a challenge to `webhook.public_url`, sent as the platform would send it, does not come back answered by this gateway',
      zh: '按平台的方式发往 `webhook.public_url` 的验证请求，没有由本网关正确应答',
    },
    cure: {
      en: 'check DNS, certificate and reverse proxy; `herald doctor` tries it; where this machine cannot reach its own outside address, leave `webhook.public_url` out',
      zh: '检查域名解析、证书和反向代理；`herald doctor` 可以测试；若本机无法访问自己的外网地址，请去掉 `webhook.public_url`',
    },
  },
  {
    codes: ['qq_webhook_uncalled'],
    what: {
      en: 'the platform has never called this address; the console may not know it yet',
      zh: '平台从未回调过这个地址；后台可能还没有填写它',
    },
    cure: {
      en: 'enter the address on the console of q.qq.com, and choose events by callback',
      zh: '在 q.qq.com 后台填写回调地址，并选择以回调方式接收事件',
    },
  },
  {
    codes: ['qq_webhook_quiet'],
    what: {
      en: 'no callback has come in lately, and nothing else proves that they would; nothing speaks against it either',
      zh: '最近没有收到回调，也没有其他证据表明回调能送达；但也没有发现问题',
    },
    cure: {
      en: 'set `webhook.public_url` of the account: then the way is tried once a minute',
      zh: '设置账号的 `webhook.public_url`：此后每分钟验证一次',
    },
  },
  {
    codes: ['webhook_unusable'],
    what: {
      en: 'the address for callbacks cannot be listened on, or another account has its path',
      zh: '无法监听回调地址，或路径已被另一个账号使用',
    },
    cure: {
      en: 'change `webhook.host`, `webhook.port` or `webhook.path` of the account',
      zh: '修改账号的 `webhook.host`、`webhook.port` 或 `webhook.path`',
    },
  },
  {
    codes: ['qq_dial_failed', 'qq_dial_timeout'],
    what: { en: 'the connection could not be made', zh: '无法建立连接' },
    cure: NETWORK,
  },
  {
    codes: ['qq_call_failed'],
    what: { en: 'a call to the platform failed on the way to a link', zh: '建立连接时，对平台的请求失败' },
    cure: NETWORK,
  },
  {
    codes: ['qq_hello_timeout', 'qq_ready_timeout', 'qq_resume_timeout'],
    what: { en: 'the platform connected and then said nothing', zh: '平台接受连接后没有回应' },
    cure: UNLESS_IT_STAYS,
  },
  {
    codes: ['qq_ack_missing'],
    what: { en: 'the link had gone dead without a word, and was closed', zh: '连接已无声中断，已被关闭' },
    cure: { en: 'nothing; often a NAT or a proxy that drops idle links', zh: '无需处理；多为 NAT 或代理丢弃空闲连接' },
  },
  {
    codes: ['qq_link_stale'],
    what: { en: 'after a sleep of the machine the link gave no proof of life', zh: '机器休眠之后，连接没有响应' },
    cure: NOTHING,
  },
  {
    codes: ['qq_connection_lost', 'qq_closed', 'qq_connection_expired', 'qq_reconnect_asked'],
    what: { en: 'the link ended; most of these are routine', zh: '连接已结束，多属正常情况' },
    cure: NOTHING,
  },
  {
    codes: ['qq_session_lost', 'qq_platform_error'],
    what: { en: 'the session is gone; a new one is begun', zh: '会话已失效，正在建立新会话' },
    cure: NOTHING,
  },
  {
    codes: ['qq_too_fast'],
    what: { en: 'the platform found the link too busy; it waits a minute', zh: '平台认为发送过快，等待一分钟' },
    cure: NOTHING,
  },
  {
    codes: ['qq_frame_too_big'],
    what: { en: 'a frame larger than Herald reads', zh: '收到超出 Herald 读取上限的数据帧' },
    cure: REPORT,
  },
  {
    codes: ['qq_shard_count_unknown'],
    what: {
      en: 'the platform refused the number of connections, and could not be asked for another',
      zh: '平台拒绝了当前的连接（分片）数，暂时无法查询新的数目',
    },
    cure: {
      en: 'nothing, unless it stays; then a number in `shards` of the account',
      zh: '无需处理；若一直如此，在账号的 `shards` 中写明数目',
    },
  },
  {
    codes: ['qq_shard_refused', 'qq_shards_too_few'],
    what: { en: 'the platform refuses the number of connections', zh: '平台不接受当前的连接（分片）数' },
    cure: {
      en: 'set `shards` of the account to auto, or to a number that is enough for its guilds',
      zh: '把账号的 `shards` 设为 auto，或设为足够的数目',
    },
  },
  {
    codes: ['qq_opcode_refused', 'qq_payload_refused', 'qq_version_refused'],
    what: { en: 'the platform refuses what Herald says', zh: '平台拒绝 Herald 发出的内容' },
    cure: REPORT,
  },
  {
    codes: ['proof_stale'],
    what: { en: 'the last proof of life is too old for *connected*', zh: '最近一次响应太久之前，不能算作已连接' },
    cure: { en: 'nothing; the link is about to be ended', zh: '无需处理；连接即将被结束' },
  },
  {
    codes: ['socket_closed'],
    what: { en: 'the present connection is gone', zh: '当前连接已断开' },
    cure: NOTHING,
  },
  {
    codes: ['life_stalled'],
    what: { en: 'the adapter was silent past its own word and was ended', zh: '适配器超时没有报告，已被结束' },
    cure: REPORT,
  },
  {
    codes: ['bug'],
    what: {
      en: 'an error inside the adapter; its life ended and the next one begins',
      zh: '适配器内部出错，正在重新开始',
    },
    cure: REPORT,
  },
]

/** @type {readonly Cause[]} */
export const AGENT_CAUSES = [
  {
    codes: ['agent_unreachable'],
    what: {
      en: 'its program cannot be started, or its server not be reached',
      zh: '智能体的程序无法启动，或服务器无法连接',
    },
    cure: {
      en: 'check `command`, `cwd` or `base_url`, and that it runs; it is tried with every turn',
      zh: '检查 `command`、`cwd` 或 `base_url`，并确认它在运行；每条消息都会再试',
    },
  },
  {
    codes: ['agent_refused'],
    what: {
      en: 'it refuses the request: its key, its quota, or a person has to log in',
      zh: '智能体拒绝了请求：密钥、额度，或需要有人登录',
    },
    cure: { en: 'see the sentence; the key, the account of its provider', zh: '查看后面的信息；检查密钥和服务商账户' },
  },
  {
    codes: ['agent_timeout'],
    what: { en: 'it said nothing for longer than it may', zh: '智能体太久没有回应' },
    cure: { en: '`silence_s`, or a look at what it does meanwhile', zh: '调整 `silence_s`，或看看它在做什么' },
  },
  {
    codes: ['agent_broken'],
    what: {
      en: 'it broke off, or answered with something that cannot be read',
      zh: '智能体中途断开，或给出无法读取的回答',
    },
    cure: {
      en: "its own log; its last words stand in Herald's",
      zh: '查看它自己的日志；它最后的输出在 Herald 的日志里',
    },
  },
  {
    codes: ['agent_empty'],
    what: { en: 'it answered with nothing', zh: '智能体给出了空的回答' },
    cure: { en: 'ask again; another model', zh: '再问一次，或换一个模型' },
  },
  {
    codes: ['agent_too_long'],
    what: { en: 'its answer is longer than any that is kept', zh: '智能体的回答过长' },
    cure: { en: 'ask for less', zh: '让它回答得短一些' },
  },
  {
    codes: ['hook_failed'],
    what: {
      en: 'a hook that must not be missed failed, and the message did not go on',
      zh: '一个不可跳过的钩子失败，消息没有继续处理',
    },
    cure: { en: 'the log says what the hook said; [hooks](hooks.md)', zh: '钩子的输出在日志里' },
  },
]

/** What the platform does not let an account do, by the short name that status gives it. Its own words come with it. */
const LIMITS = {
  token: '访问令牌无法续期，目前仍在使用旧令牌',
  sessions: '当天的会话次数快用完了',
  intents: '平台未授予部分事件权限',
  streaming: '平台不允许边写边发',
}

const BY_CODE = new Map(
  [...PROCESS_CAUSES, ...ACCOUNT_CAUSES, ...AGENT_CAUSES].flatMap(cause => cause.codes.map(code => [code, cause])),
)

/** @type {typeof import('./causes.js').causeOf} */
export function causeOf(code, language) {
  const cause = BY_CODE.get(code)
  return cause && { what: cause.what[language], cure: cause.cure[language] }
}

/** @type {typeof import('./causes.js').limitInChinese} */
export function limitInChinese(what, words) {
  return Object.hasOwn(LIMITS, what) ? `${LIMITS[/** @type {keyof typeof LIMITS} */ (what)]}（${words}）` : words
}
