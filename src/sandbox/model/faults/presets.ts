import type { FaultSpec } from './fault-specs.ts'

/** A fault by a short name, as the buttons of the page and most tests want it. */
interface Preset {
  readonly title: string
  readonly spec: FaultSpec
}

const once = { times: 1 } as const

/** `one answer` presets strike once; conditions last until they are turned off. Limits can be laid over either. */
const PRESETS = {
  host_down: { title: 'Host down: connections refused', spec: { kind: 'host', mode: 'refuse' } },
  host_reset: { title: 'Host down: everything reset', spec: { kind: 'host', mode: 'reset' } },
  freeze: { title: 'Host frozen: TCP open, nothing moves', spec: { kind: 'host', mode: 'freeze' } },
  freeze_links: { title: 'Open links frozen, new ones work', spec: { kind: 'freeze_links' } },

  cut: { title: 'Cut the link, no close frame', spec: { kind: 'gateway', on: 'now', do: 'destroy' } },
  close_4009: {
    title: 'Close 4009: session timed out',
    spec: { kind: 'gateway', on: 'now', do: 'close', code: 4009, reason: 'Session timed out' },
  },
  close_4006: { title: 'Close 4006: session invalid', spec: { kind: 'gateway', on: 'now', do: 'close', code: 4006 } },
  close_4004: {
    title: 'Close 4004: authentication failed',
    spec: { kind: 'gateway', on: 'now', do: 'close', code: 4004 },
  },
  close_4008: { title: 'Close 4008: sent too fast', spec: { kind: 'gateway', on: 'now', do: 'close', code: 4008 } },
  close_4914: { title: 'Close 4914: delisted', spec: { kind: 'gateway', on: 'now', do: 'close', code: 4914 } },
  close_4915: { title: 'Close 4915: banned', spec: { kind: 'gateway', on: 'now', do: 'close', code: 4915 } },
  close_1000: { title: 'Close 1000', spec: { kind: 'gateway', on: 'now', do: 'close', code: 1000 } },
  close_no_code: { title: 'Close without a code', spec: { kind: 'gateway', on: 'now', do: 'close' } },
  op7: { title: 'Op 7: reconnect', spec: { kind: 'gateway', on: 'now', do: 'op7' } },
  op7_on_identify: { title: 'Op 7 in place of READY', spec: { kind: 'gateway', on: 'identify', do: 'op7', ...once } },
  op9_false: { title: 'Op 9 false: session gone', spec: { kind: 'gateway', on: 'now', do: 'op9', resumable: false } },
  op9_true: { title: 'Op 9 true: try again', spec: { kind: 'gateway', on: 'now', do: 'op9', resumable: true } },
  op9_on_resume: {
    title: 'Op 9 false in place of RESUMED',
    spec: { kind: 'gateway', on: 'resume', do: 'op9', resumable: false, ...once },
  },
  close_on_open: { title: 'Every new link is cut', spec: { kind: 'gateway', on: 'open', do: 'destroy' } },
  close_on_identify: { title: 'Every IDENTIFY is cut', spec: { kind: 'gateway', on: 'identify', do: 'destroy' } },
  close_on_resume: { title: 'Every RESUME is cut', spec: { kind: 'gateway', on: 'resume', do: 'destroy' } },
  close_after_ready: {
    title: 'Every link is cut right after READY',
    spec: { kind: 'gateway', on: 'ready', do: 'destroy' },
  },
  close_after_resumed: {
    title: 'Every link is cut right after RESUMED',
    spec: { kind: 'gateway', on: 'resumed', do: 'destroy' },
  },

  no_hello: { title: 'No HELLO', spec: { kind: 'mute', what: 'hello' } },
  no_ready: { title: 'No READY', spec: { kind: 'mute', what: 'ready' } },
  no_resumed: { title: 'No RESUMED', spec: { kind: 'mute', what: 'resumed' } },
  no_ack: { title: 'No heartbeat ACK', spec: { kind: 'mute', what: 'ack' } },
  no_events: { title: 'Events are not sent (but kept for RESUME)', spec: { kind: 'mute', what: 'event' } },
  slow_ack: { title: 'ACK late by 5 s', spec: { kind: 'slow', what: 'ack', delayMs: 5_000 } },
  duplicate_events: { title: 'Every event twice', spec: { kind: 'events', do: 'duplicate' } },
  swap_events: { title: 'Two events in the wrong order', spec: { kind: 'events', do: 'swap', ...once } },
  repeat_seq: { title: 'The same s twice', spec: { kind: 'events', do: 'repeat_seq', ...once } },
  reset_seq: { title: 's begins anew', spec: { kind: 'events', do: 'reset_seq', ...once } },
  skip_seq: { title: 'A gap in s', spec: { kind: 'events', do: 'skip_seq', ...once } },
  webhook_wrong_signature: {
    title: 'Callbacks with a wrong signature',
    spec: { kind: 'callbacks', do: 'wrong_signature' },
  },
  webhook_unsigned: { title: 'Callbacks without a signature', spec: { kind: 'callbacks', do: 'unsigned' } },
  webhook_replayed: { title: 'Callbacks signed an hour ago', spec: { kind: 'callbacks', do: 'stale' } },
  webhook_slow: { title: 'Callbacks late by 1 s', spec: { kind: 'callbacks', do: 'slow', delayMs: 1_000 } },
  webhook_twice: { title: 'Every callback twice', spec: { kind: 'callbacks', do: 'twice' } },
  no_heartbeat_interval: { title: 'HELLO without an interval', spec: { kind: 'heartbeat_interval' } },
  zero_heartbeat_interval: { title: 'HELLO with interval 0', spec: { kind: 'heartbeat_interval', value: 0 } },
  huge_heartbeat_interval: { title: 'HELLO with a huge interval', spec: { kind: 'heartbeat_interval', value: 1e12 } },
  broken_json: {
    title: 'A frame of broken JSON',
    spec: { kind: 'gateway', on: 'now', do: 'raw', frame: 'broken_json' },
  },
  binary_frame: { title: 'A binary frame', spec: { kind: 'gateway', on: 'now', do: 'raw', frame: 'binary' } },
  array_frame: { title: 'A JSON array as a frame', spec: { kind: 'gateway', on: 'now', do: 'raw', frame: 'array' } },
  huge_frame: { title: 'A frame of 10 MB', spec: { kind: 'gateway', on: 'now', do: 'raw', frame: 'huge' } },
  half_frame: { title: 'Half a frame', spec: { kind: 'gateway', on: 'now', do: 'raw', frame: 'half' } },
  forget_sessions: { title: 'Sessions forgotten', spec: { kind: 'forget_sessions' } },

  revoke_token: { title: 'Token revoked', spec: { kind: 'revoke_token' } },
  token_500: {
    title: 'Token call: 500',
    spec: { kind: 'http', route: 'token', answer: { status: 500, body: { code: 500, message: 'internal error' } } },
  },
  token_html: {
    title: 'Token call: HTML',
    spec: { kind: 'http', route: 'token', answer: { status: 200, body: '<html>hello</html>' } },
  },
  token_reset: { title: 'Token call: reset', spec: { kind: 'http', route: 'token', answer: 'reset' } },
  token_silent: { title: 'Token call: no answer', spec: { kind: 'http', route: 'token', answer: 'silence' } },
  token_slow: { title: 'Token call: 5 s late', spec: { kind: 'http', route: 'token', delayMs: 5_000 } },
  token_429: {
    title: 'Token call: 429',
    spec: {
      kind: 'http',
      route: 'token',
      answer: { status: 429, headers: { 'retry-after': '5' }, body: { code: 100001, message: 'Too many requests' } },
    },
  },
  token_100016: {
    title: 'Token call: wrong secret',
    spec: {
      kind: 'http',
      route: 'token',
      answer: { status: 200, body: { code: 100016, message: 'invalid appid or secret' } },
    },
  },
  token_100007: {
    title: 'Token call: appid invalid',
    spec: { kind: 'http', route: 'token', answer: { status: 200, body: { code: 100007, message: 'appid invalid' } } },
  },
  token_10004: {
    title: 'Token call: no such bot',
    spec: { kind: 'http', route: 'token', answer: { status: 200, body: { code: 10004, message: '机器人不存在' } } },
  },
  token_100001: {
    title: 'Token call: too many requests',
    spec: {
      kind: 'http',
      route: 'token',
      answer: { status: 200, body: { code: 100001, message: 'Too many requests' } },
    },
  },
  no_expires_in: { title: 'Token without expires_in', spec: { kind: 'expires_in' } },
  zero_expires_in: { title: 'Token with expires_in 0', spec: { kind: 'expires_in', value: '0' } },
  gateway_500: {
    title: 'GET /gateway: 500',
    spec: { kind: 'http', route: 'gateway', answer: { status: 500, body: { code: 500, message: 'internal error' } } },
  },
  gateway_html: {
    title: 'GET /gateway: HTML',
    spec: { kind: 'http', route: 'gateway', answer: { status: 200, body: '<html>hello</html>' } },
  },
  gateway_no_url: {
    title: 'GET /gateway: no url',
    spec: { kind: 'http', route: 'gateway', answer: { status: 200, body: {} } },
  },
  gateway_bad_url: {
    title: 'GET /gateway: a bad url',
    spec: { kind: 'http', route: 'gateway', answer: { status: 200, body: { url: 'not a url' } } },
  },
  gateway_slow: { title: 'GET /gateway: 5 s late', spec: { kind: 'http', route: 'gateway', delayMs: 5_000 } },

  send_500: {
    title: 'Sends: 500',
    spec: {
      kind: 'http',
      route: 'send',
      answer: { status: 500, body: { code: 50055001, err_code: 50055001, message: 'send anomaly' } },
    },
  },
  send_502_html: { title: 'Sends: 502, HTML', spec: { kind: 'http', route: 'send', answer: { status: 502 } } },
  send_429: {
    title: 'Sends: 429',
    spec: {
      kind: 'http',
      route: 'send',
      answer: { status: 429, body: { code: 100017, err_code: 100017, message: 'request rate limited' } },
    },
  },
  send_429_retry_after: {
    title: 'Sends: 429 with Retry-After',
    spec: {
      kind: 'http',
      route: 'send',
      answer: {
        status: 429,
        headers: { 'retry-after': '2' },
        body: { code: 100017, err_code: 100017, message: 'request rate limited' },
      },
    },
  },
  send_204: {
    title: 'Sends: 204, empty (stored)',
    spec: { kind: 'http', route: 'send', processed: true, answer: { status: 204 } },
  },
  send_200_code: {
    title: 'Sends: 200 with an error code',
    spec: {
      kind: 'http',
      route: 'send',
      answer: { status: 200, body: { code: 40034006, err_code: 40034006, message: 'content violates the rules' } },
    },
  },
  send_audit: { title: 'Sends: 202, human audit', spec: { kind: 'audit' } },
  lost_answer: {
    title: 'Lost answer: shown, then reset',
    spec: { kind: 'http', route: 'send', processed: true, answer: 'reset', ...once },
  },
  no_answer: {
    title: 'Lost answer: shown, then silence',
    spec: { kind: 'http', route: 'send', processed: true, answer: 'silence', ...once },
  },
  send_reset: { title: 'Sends: reset before they are stored', spec: { kind: 'http', route: 'send', answer: 'reset' } },
  send_silent: {
    title: 'Sends: neither stored nor answered',
    spec: { kind: 'http', route: 'send', answer: 'silence' },
  },
  send_slow: { title: 'Sends: 5 s late', spec: { kind: 'http', route: 'send', delayMs: 5_000 } },
  markdown_refused: { title: 'Markdown refused (40034012)', spec: { kind: 'send', when: 'markdown', code: 40034012 } },
  template_refused: { title: 'Markdown refused (304014)', spec: { kind: 'send', when: 'markdown', code: 304014 } },
  link_refused: { title: 'Links refused (304003)', spec: { kind: 'send', when: 'link', code: 304003 } },
  keyboard_refused: { title: 'Keyboards refused (304057)', spec: { kind: 'send', when: 'keyboard', code: 304057 } },
  proactive_refused: {
    title: 'No right to write first (40034102)',
    spec: { kind: 'send', when: 'proactive', code: 40034102 },
  },
  media_refused: { title: 'Files in sends refused (40034004)', spec: { kind: 'send', when: 'media', code: 40034004 } },
  upload_url_refused: {
    title: 'Upload by address: cannot be fetched (850026)',
    spec: { kind: 'upload', when: 'url', code: 850026 },
  },
  upload_format_refused: {
    title: 'Uploads: wrong format (850019)',
    spec: { kind: 'upload', when: 'any', code: 850019 },
  },
  upload_500: {
    title: 'Uploads: 500',
    spec: {
      kind: 'http',
      route: 'upload',
      answer: { status: 500, body: { code: 50055001, err_code: 50055001, message: 'upload anomaly' } },
    },
  },
  upload_quota: {
    title: 'Upload: the day’s volume is used up (40093002)',
    spec: {
      kind: 'http',
      route: 'upload_prepare',
      answer: { status: 400, body: { code: 40093002, err_code: 40093002, message: 'daily upload volume is used up' } },
    },
  },
  upload_part_500: {
    title: 'Upload: parts are not taken (500)',
    spec: { kind: 'http', route: 'upload_part', answer: { status: 500 } },
  },
  upload_part_dropped: {
    title: 'Upload: the connection breaks at the second part',
    spec: { kind: 'http', route: 'upload_part', path: '/2?', answer: 'reset' },
  },
  upload_finish_500: {
    title: 'Upload: finished parts are answered with 500',
    spec: { kind: 'http', route: 'upload_finish', answer: { status: 500 } },
  },
  upload_finish_lost: {
    title: 'Upload: a part is finished, and the answer lost',
    spec: { kind: 'http', route: 'upload_finish', processed: true, answer: 'reset', ...once },
  },
  upload_forgotten: {
    title: 'Upload: forgotten with all its parts',
    spec: { kind: 'forget_uploads', ...once },
  },
  upload_finish_again: {
    title: 'Upload: parts are to be finished again (40093001)',
    spec: {
      kind: 'http',
      route: 'upload_finish',
      answer: { status: 400, body: { code: 40093001, err_code: 40093001, message: 'part is to be finished again' } },
    },
  },
  download_404: {
    title: 'People’s files: 404',
    spec: { kind: 'http', route: 'download', answer: { status: 404 } },
  },
  download_silent: { title: 'People’s files: silence', spec: { kind: 'http', route: 'download', answer: 'silence' } },
  content_refused: { title: 'Content refused (40034006)', spec: { kind: 'send', when: 'any', code: 40034006 } },
  msg_id_expired: { title: 'msg_id expired (40034005)', spec: { kind: 'send', when: 'passive', code: 40034005 } },
  quota_used_up: { title: 'Reply quota used up (40034128)', spec: { kind: 'send', when: 'passive', code: 40034128 } },
} as const satisfies Record<string, Preset>

export type FaultName = keyof typeof PRESETS

export function presetFault(name: FaultName): FaultSpec {
  return PRESETS[name].spec
}

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(PRESETS, name)
}

/** All presets with what a button would say. */
export function listPresets(): { name: string; title: string; spec: FaultSpec }[] {
  return Object.entries(PRESETS).map(([name, { title, spec }]) => ({ name, title, spec }))
}
