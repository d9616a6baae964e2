/**
 * The platform of the benchmark, in a process of its own: the sandbox, and the watch over what it sends and gets. Both ends of
 * every measurement are in here, on one clock.
 */
import { type LogEntry, type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'

/** One that no other gateway of this machine holds. */
const BOT = { appId: `102${process.pid}`, secret: 'bench-secret-of-the-bot' }

/** What the benchmark asks of this process, one thing at a time. */
export type Order =
  | { readonly do: 'singles'; readonly count: number; readonly gapMs: number }
  | { readonly do: 'burst'; readonly messages: number; readonly chats: number }
  | { readonly do: 'forget' }

export interface BurstResult {
  readonly tookMs: number
  /** User and system time of this process while it lasted. */
  readonly cpuMs: number
}

export type Told =
  | { readonly told: 'listening'; readonly env: Readonly<Record<string, string>> }
  /** On the clock that all processes of a machine share, in nanoseconds. */
  | { readonly told: 'ready'; readonly atNs: string }
  | { readonly told: 'singles'; readonly tookMs: readonly number[] }
  | ({ readonly told: 'burst' } & BurstResult)
  | { readonly told: 'forgotten' }

const tell = (what: Told): void => void process.send?.(what)

/** Calls back for each accepted post of the bot, at the moment at which the platform has it. */
function onPost(box: Sandbox, listener: () => void): () => void {
  return box.on(
    (entry: LogEntry) => {
      if (entry.kind === 'request' && entry.route === 'send' && entry.status === 200) listener()
    },
    ['request'],
  )
}

/** From the frame that the platform sends to the post that it gets, for one message after the other. */
async function singles(box: Sandbox, count: number, gapMs: number): Promise<number[]> {
  const tookMs: number[] = []
  let sentAtMs = 0
  let got = (): void => {}
  const offFrame = box.on(
    entry => {
      if (entry.kind === 'frame' && entry.direction === 'out' && entry.text.includes('_MESSAGE_CREATE'))
        sentAtMs = performance.now()
    },
    ['frame'],
  )
  const offPost = onPost(box, () => {
    tookMs.push(performance.now() - sentAtMs)
    got()
  })
  for (let n = 0; n < count; n += 1) {
    const answered = new Promise<void>(resolve => {
      got = resolve
    })
    box.say({ person: `Single ${n % 100}`, text: `message ${n} of some length, as people write them` })
    await answered
    await new Promise(resolve => setTimeout(resolve, gapMs))
  }
  offFrame()
  offPost()
  return tookMs
}

/** All at once, from the first frame to the last post. */
function burst(box: Sandbox, messages: number, chats: number): Promise<BurstResult> {
  const says = Array.from({ length: messages }, (_, n) => ({ person: `Burst ${n % chats}`, text: `message ${n}` }))
  return new Promise(resolve => {
    let left = messages
    const startMs = performance.now()
    const before = process.cpuUsage()
    const off = onPost(box, () => {
      left -= 1
      if (left > 0) return
      off()
      const { user, system } = process.cpuUsage(before)
      resolve({ tookMs: performance.now() - startMs, cpuMs: (user + system) / 1000 })
    })
    box.sayAll(says)
  })
}

async function carryOut(box: Sandbox, order: Order): Promise<Told> {
  switch (order.do) {
    case 'singles':
      return { told: 'singles', tookMs: await singles(box, order.count, order.gapMs) }
    case 'burst':
      return { told: 'burst', ...(await burst(box, order.messages, order.chats)) }
    case 'forget':
      box.reset()
      return { told: 'forgotten' }
  }
}

if (process.send) {
  const box = await startSandbox({ bots: [BOT], logCapacity: 100 })
  box.on(
    entry => {
      if (entry.kind === 'connection' && entry.state === 'ready')
        tell({ told: 'ready', atNs: process.hrtime.bigint().toString() })
    },
    ['connection'],
  )
  process.on('message', (order: Order) => void carryOut(box, order).then(tell))
  // Whoever asked is gone.
  process.on('disconnect', () => process.exit())
  const env = {
    QQ_APP_ID: BOT.appId,
    QQ_CLIENT_SECRET: BOT.secret,
    QQ_API_BASE: box.url,
    QQ_TOKEN_URL: box.tokenUrl,
  }
  tell({ told: 'listening', env })
}
