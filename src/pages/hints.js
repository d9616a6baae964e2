/** What Herald itself says of what helps, in Chinese. A pair of braces stands for what the sentence names. */
import { causeOf } from './causes.js'

const CONSOLE_NOTICES = '查看 q.qq.com 上的通知；Herald 会继续缓慢重试'
const REPORT = '这是 Herald 或其设置的问题，请附上日志反馈'
const COMMAND = '检查 agent.command 和 agent.cwd，并确认程序可以运行'
const ANOTHER_FILE = '停止 Herald，把文件移走或恢复备份'

/** @type {readonly (readonly [en: string, zh: string])[]} */
const HINTS = [
  [
    'start the reverse proxy and open its port; where this machine cannot reach its own outside address, try it from another one',
    '启动反向代理并开放它的端口；若本机无法访问自己的外网地址，请从另一台机器测试',
  ],
  [
    'the reverse proxy has to pass on the body and the headers X-Signature-… as they came; a gateway that still runs with another secret has to be started anew',
    '反向代理必须原样转发请求正文和 X-Signature-… 请求头；若网关仍在使用旧密钥，请重新启动它',
  ],
  ['the reverse proxy has to pass it on to {}', '反向代理必须把请求转发到 {}'],
  ['the reverse proxy has to pass it on to the path {}', '反向代理必须把请求转发到路径 {}'],
  ['something else answers there; it has to be passed on to {}', '那里应答的是别的程序；请求必须转发到 {}'],
  ['end that one, or lead the reverse proxy here', '结束那个进程，或让反向代理指向这里'],
  [
    'leave `webhook.public_url` out where this machine cannot reach its own outside address',
    '若本机无法访问自己的外网地址，请去掉 `webhook.public_url`',
  ],
  [
    'set `webhook.public_url` of the account: then the way is tried once a minute',
    '设置账号的 `webhook.public_url`：此后每分钟验证一次',
  ],
  [
    'enter the address on the console of q.qq.com, and choose events by callback',
    '在 q.qq.com 后台填写回调地址，并选择以回调方式接收事件',
  ],
  [
    'check webhook.host, webhook.port and webhook.path of the account',
    '检查账号的 webhook.host、webhook.port 和 webhook.path',
  ],
  [
    'add the public IP address of this machine to the allowlist of the bot on q.qq.com',
    '在 q.qq.com 上把本机的公网 IP 加入机器人的 IP 白名单',
  ],
  ['see the notices on q.qq.com; Herald keeps probing slowly', CONSOLE_NOTICES],
  ['compare the app id with q.qq.com, then correct the settings', '与 q.qq.com 上的 AppID 核对，然后改正设置'],
  [
    'compare both with q.qq.com, then correct the settings; Herald reads them again when it tries next',
    '与 q.qq.com 上的核对并改正设置；Herald 下次尝试时会重新读取',
  ],
  [
    'check the network and the status of the platform; Herald goes on trying at a slow pace',
    '检查网络和平台的状态；Herald 会继续缓慢重试',
  ],
  ['Herald waits until the platform allows another one', 'Herald 会等到平台允许新的会话'],
  [
    'if it stays so, check the credentials of the bot and its permissions on q.qq.com',
    '若一直如此，在 q.qq.com 上检查机器人的凭据和权限',
  ],
  ['this is a fault of Herald or of its settings; please report it with the log', REPORT],
  ['this is a bug: please report it with the log lines around this time', '这是程序错误：请附上这段时间的日志反馈'],
  [
    'the bot was not granted an intent it asks for; check its permissions on q.qq.com',
    '机器人没有所请求的事件权限；在 q.qq.com 上检查它的权限',
  ],
  [
    'set platforms.<account>.shards to auto, or to a number that is enough for the guilds of the bot',
    '把 platforms.<账号>.shards 设为 auto，或设为足够该机器人频道数的数目',
  ],
  [
    'publish the bot on q.qq.com, or set platforms.<account>.host to sandbox',
    '在 q.qq.com 上发布机器人，或把 platforms.<账号>.host 设为 sandbox',
  ],
  ['report it as a bug', '请反馈这个问题'],
  ['end the other program that holds it', '结束占用它的另一个程序'],
  ['stop Herald, move the file aside or restore a backup', ANOTHER_FILE],
  ['free space, and see that the disk is writable', '清理空间，并确认磁盘可以写入'],
  ['check agent.command and agent.cwd, and that the program may be run', COMMAND],
  [
    'log in with the program of the agent itself, as the user that Herald runs as',
    '以运行 Herald 的用户身份，用智能体自己的程序登录',
  ],
  ['check agent.url and agent.headers', '检查 agent.url 和 agent.headers'],
  ['check agent.url, and that the server runs', '检查 agent.url，并确认服务器在运行'],
  ['check mcp_servers.{}', '检查 mcp_servers.{}'],
  [
    'check agent.base_url (OPENAI_BASE_URL), and that the server runs',
    '检查 agent.base_url（OPENAI_BASE_URL），并确认服务器在运行',
  ],
  ['check agent.api_key (OPENAI_API_KEY)', '检查 agent.api_key（OPENAI_API_KEY）'],
  [
    'check agent.base_url, and that the server has the model "{}" (agent.model)',
    '检查 agent.base_url，并确认服务器有模型“{}”（agent.model）',
  ],
  ['too many requests, or the quota is used up', '请求过多，或额度已用完'],
  ['check agent.base_url: redirects are not followed', '检查 agent.base_url：不支持重定向'],
]

/** Added to the hint of an account whose lives end too soon. */
const SLOWED = /^(?:(.*); )?(\d+) lives ended at once within 10 minutes, so it is tried more slowly$/

const escaped = (/** @type {string} */ text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

const PATTERNS = HINTS.map(([en, zh]) => {
  const pattern = en.split('{}').map(escaped).join('(\\S+)')
  return /** @type {const} */ ([new RegExp(`^${pattern}$`), zh])
})

/** @param {string} hint */
function translated(hint) {
  for (const [pattern, zh] of PATTERNS) {
    const found = pattern.exec(hint)
    if (found) return zh.replace('{}', () => found[1] ?? '')
  }
  return undefined
}

/** @param {string} code @param {string} hint */
function generalAnd(code, hint) {
  const general = causeOf(code, 'zh')?.cure
  if (general === undefined) return hint
  return hint === causeOf(code, 'en')?.cure ? general : `${general}（${hint}）`
}

/** @type {typeof import('./hints.js').cureInChinese} */
export function cureInChinese(code, hint) {
  const [slowed, own = '', times] = SLOWED.exec(hint) ?? []
  const special = slowed === undefined ? hint : own
  const cures = special === '' ? [] : [translated(special) ?? generalAnd(code, special)]
  if (times !== undefined) cures.push(`十分钟内有 ${times} 次一开始就结束，因此重试得更慢`)
  return cures.join('；')
}
