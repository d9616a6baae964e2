/** QQ's adapter, as the suite for adapters wants it, with the sandbox as its platform: over a WebSocket, and by webhook. */
import { systemClock } from '../../../src/lib/clock.ts'
import { createRequest } from '../../../src/lib/net/http.ts'
import { createDial } from '../../../src/lib/net/socket.ts'
import type { AdapterUnderTest, FakePlatform, SendTrouble, Trouble } from '../../../src/platforms/conformance/suite.ts'
import { createQQBotAdapter } from '../../../src/platforms/qqbot/adapter.ts'
import type { WebhookAddress } from '../../../src/platforms/qqbot/webhook/listeners.ts'
import { type FaultName, type FaultSpec, type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts'
import { freePort } from '../../support/reverse-proxy.ts'
import { TEST_BOT } from '../../support/sandbox.ts'

const HEARTBEAT_MS = 1_000
const API_PROBE_MS = 200
const REST_MS = 2_000
/** Longer than a busy machine takes to look. */
const CALL_PROOF_MS = 3_000
/** Often enough for 20 tries to outlast a life that begins anew on a busy machine. */
const CALLBACK_RETRY_MS = 500
const ALICE = { person: 'Alice' } as const

const TROUBLES: Readonly<Record<Trouble, readonly FaultName[]>> = {
  cut: ['cut'],
  silent: ['freeze'],
  refused: ['host_down'],
  credentials: ['token_100016'],
}
const SEND_TROUBLES: Readonly<Record<SendTrouble, FaultName | FaultSpec>> = {
  answer_lost: 'lost_answer',
  busy: 'send_429',
  window_closed: { kind: 'send', when: 'any', code: 40034128 },
  content_refused: { kind: 'send', when: 'any', code: 40034006 },
  strange: { kind: 'send', when: 'any', code: 77777777 },
}
type Stages = Readonly<Record<string, FaultName | FaultSpec>>
const LINK_STAGES: Stages = {
  token: 'token_silent',
  gateway: { kind: 'http', route: 'gateway', answer: 'silence' },
  websocket: { kind: 'http', route: 'websocket', answer: 'silence' },
  hello: 'no_hello',
  ready: 'no_ready',
}
const WEBHOOK_STAGES: Stages = {
  token: 'token_silent',
  api: { kind: 'http', route: 'me', answer: 'silence' },
}

interface Setting {
  readonly box: Sandbox
  readonly webhook: WebhookAddress | null
}
const settings = new WeakMap<FakePlatform, Setting>()

async function open(stages: Stages, webhook: WebhookAddress | null): Promise<FakePlatform> {
  const url = webhook === null ? null : `http://${webhook.host}:${webhook.port}${webhook.path}`
  const box = await startSandbox({
    port: 0,
    bots: [{ ...TEST_BOT, webhook: url }],
    options: { heartbeatIntervalMs: HEARTBEAT_MS, callbackRetryMs: CALLBACK_RETRY_MS },
  })
  const breakBy = (fault: FaultName | FaultSpec): (() => void) => {
    const handle = box.fault(fault)
    return () => void handle.off()
  }
  const platform: FakePlatform = {
    net: { dial: createDial(systemClock), request: createRequest(systemClock) },
    write: text => box.say({ ...ALICE, text }).id,
    deliverAgain: id => void box.say({ ...ALICE, text: '', again: id }),
    shown: () => box.answers(ALICE).map(({ text }) => text),
    links: () => box.counters().liveLinks,
    break(trouble) {
      const mends = TROUBLES[trouble].map(breakBy)
      return () => {
        for (const mend of mends) mend()
      }
    },
    breakSends: trouble => breakBy(SEND_TROUBLES[trouble]),
    stallAt(stage) {
      const fault = stages[stage]
      if (fault === undefined) throw new Error(`no stage ${stage}`)
      const handle = box.fault(fault)
      return () => handle.fired > 0
    },
    close: () => box.stop(),
  }
  settings.set(platform, { box, webhook })
  return platform
}

export const qqbot: AdapterUnderTest = {
  name: 'qqbot',
  link: 'held',
  ordered: true,
  stages: Object.keys(LINK_STAGES),
  resumes: true,
  sendTroubles: {
    answer_lost: 'unknown',
    busy: 'busy',
    window_closed: 'window_closed',
    content_refused: 'content_refused',
    strange: 'refused',
  },
  noticeMs: 2 * HEARTBEAT_MS,
  open: () => open(LINK_STAGES, null),
  createAdapter(platform, world) {
    const setting = settings.get(platform)
    if (!setting) throw new Error('not a platform of this file')
    const { box, webhook } = setting
    return createQQBotAdapter(
      {
        account: 'kit',
        appId: TEST_BOT.appId,
        clientSecret: TEST_BOT.secret,
        apiBase: box.url,
        tokenUrl: box.tokenUrl,
        backoffSeconds: [0.05, 0.1],
        maxAttempts: 0,
        markdown: true,
        textLimit: 4000,
        webhook,
        limits: {
          tokenMs: 2_000,
          tokenSpacingMs: 20,
          gatewayMs: 2_000,
          gatewayWindowMs: 100,
          dialMs: 2_000,
          helloMs: 1_000,
          readyMs: 1_000,
          restMs: REST_MS,
          provenMs: 150,
          slowDownMs: 100,
          invalidSessionPauseMs: [10, 30],
          probeMs: 500,
          sampleMs: 200,
          reportMs: 500,
          apiProbeMs: API_PROBE_MS,
          callProofMs: CALL_PROOF_MS,
        },
      },
      world,
      { add: () => {} },
    )
  },
  chatOf: message => message.chat,
}

/** Each post is one of its own: the platform waits for none before it sends the next. */
export const qqbotByWebhook: AdapterUnderTest = {
  ...qqbot,
  name: 'qqbot by webhook',
  link: 'none',
  ordered: false,
  stages: Object.keys(WEBHOOK_STAGES),
  noticeMs: API_PROBE_MS + REST_MS,
  callProofMs: CALL_PROOF_MS,
  open: async () => open(WEBHOOK_STAGES, { host: '127.0.0.1', port: await freePort(), path: '/qqbot' }),
}
