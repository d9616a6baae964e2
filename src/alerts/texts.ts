/** What an alert says, in one short message. Pure. */
import type { Subject } from './conditions.ts'
import type { Alert } from './damper.ts'
import type { AlertLanguage } from './languages.ts'

interface Words {
  subject(subject: Subject): { readonly wrong: string; readonly well: string }
  duration(ms: number): string
  raised(wrong: string, since: string): string
  cleared(well: string, lasted: string): string
  flapping(wrong: string, times: number): string
  settled(well: string): string
}

const SECOND_MS = 1000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

function parts(ms: number, units: readonly [day: string, hour: string, minute: string, second: string]): string {
  const [day, hour, minute, second] = units
  if (ms < 2 * MINUTE_MS) return `${Math.max(1, Math.round(ms / SECOND_MS))}${second}`
  if (ms < 2 * HOUR_MS) return `${Math.round(ms / MINUTE_MS)}${minute}`
  return ms < 2 * DAY_MS ? `${Math.round(ms / HOUR_MS)}${hour}` : `${Math.round(ms / DAY_MS)}${day}`
}

const EN: Words = {
  subject(subject) {
    switch (subject.kind) {
      case 'account':
        return { wrong: `${subject.account} is down`, well: `${subject.account} is up again` }
      case 'limit':
        return {
          wrong: `${subject.account} is limited (${subject.what})`,
          well: `${subject.account} is not limited any more (${subject.what})`,
        }
      case 'agent':
        return { wrong: `the agent ${subject.agent} fails`, well: `the agent ${subject.agent} is up again` }
      case 'schedule':
        return {
          wrong: `the last run of the schedule ${subject.schedule} did not arrive`,
          well: `the schedule ${subject.schedule} ran well again`,
        }
      case 'quota':
        return {
          wrong: `of the ${subject.perDay} messages of a day that may go to ${subject.chat} unasked, ${subject.left} are left`,
          well: `${subject.chat} can be written to unasked as usual`,
        }
      case 'disk':
        return { wrong: `the disk is nearly full: ${subject.freeMiB} MB are free`, well: 'the disk has room again' }
      case 'dead_list':
        return {
          wrong: `the dead list has grown to ${subject.count} (see \`herald dead list\`)`,
          well: 'the dead list is short again',
        }
      case 'state_file':
        return { wrong: 'the state file cannot be written', well: 'the state file is written again' }
    }
  },
  duration: ms => parts(ms, [' days', ' h', ' min', ' s']),
  raised: (wrong, since) => `${wrong} (since ${since})`,
  cleared: (well, lasted) => `${well} (after ${lasted})`,
  flapping: (wrong, times) => `${wrong}, for the ${times}. time within an hour; more is said when it stays one way`,
  settled: well => `${well}, and has stayed so`,
}

const ZH: Words = {
  subject(subject) {
    switch (subject.kind) {
      case 'account':
        return { wrong: `${subject.account} 已断线`, well: `${subject.account} 已恢复` }
      case 'limit':
        return {
          wrong: `${subject.account} 受到限制（${subject.what}）`,
          well: `${subject.account} 的限制已解除（${subject.what}）`,
        }
      case 'agent':
        return { wrong: `智能体 ${subject.agent} 无法回答`, well: `智能体 ${subject.agent} 已恢复` }
      case 'schedule':
        return {
          wrong: `定时任务 ${subject.schedule} 最近一次没有成功`,
          well: `定时任务 ${subject.schedule} 已恢复正常`,
        }
      case 'quota':
        return {
          wrong: `${subject.chat} 每天可主动发送 ${subject.perDay} 条消息，现在只剩 ${subject.left} 条`,
          well: `${subject.chat} 的主动消息额度已恢复`,
        }
      case 'disk':
        return { wrong: `磁盘空间不足，仅剩 ${subject.freeMiB} MB`, well: '磁盘空间已恢复' }
      case 'dead_list':
        return { wrong: `死信已达 ${subject.count} 条（见 \`herald dead list\`）`, well: '死信列表已恢复正常' }
      case 'state_file':
        return { wrong: '状态文件无法写入', well: '状态文件已可写入' }
    }
  },
  duration: ms => parts(ms, [' 天', ' 小时', ' 分钟', ' 秒']),
  raised: (wrong, since) => `${wrong}（自 ${since}）`,
  cleared: (well, lasted) => `${well}（历时 ${lasted}）`,
  flapping: (wrong, times) => `${wrong}，一小时内第 ${times} 次；稳定之前不再重复通知`,
  settled: well => `${well}，并已保持稳定`,
}

/** One message: what happened, since when or for how long, and the cause. */
export function alertText(alert: Alert, language: AlertLanguage): string {
  const words = language === 'zh' ? ZH : EN
  const { wrong, well } = words.subject(alert.subject)
  const headline = ((): string => {
    switch (alert.kind) {
      case 'raised':
        return words.raised(wrong, new Date(alert.sinceMs).toISOString())
      case 'cleared':
        return words.cleared(well, words.duration(alert.atMs - alert.sinceMs))
      case 'flapping':
        return words.flapping(wrong, alert.times)
      case 'settled':
        return words.settled(well)
    }
  })()
  const detail = alert.detail[language]
  return detail === '' ? headline : `${headline}\n${detail}`
}
