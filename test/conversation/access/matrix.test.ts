/**
 * One gate: everybody, in every way to reach the bot, under every policy, through the whole gateway over real sockets. What may
 * pass reaches download, hook, agent and history; of all else nothing does.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Agent, AgentQuestion } from '../../../src/agents/agent.ts'
import { createEcho } from '../../../src/agents/echo.ts'
import type { AccessRules } from '../../../src/conversation/access/gate.ts'
import { createHooks } from '../../../src/hooks/create-hooks.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { silentLogger } from '../../../src/lib/log.ts'
import type { Sandbox, Say, ShownMessage } from '../../../src/sandbox/sandbox.ts'
import { tempHome } from '../../gateway/programs.ts'
import { mediaHouse, PNG } from '../../media/house.ts'
import { cleanUp } from '../../support/clean-up.ts'
import { eventually } from '../../support/eventually.ts'
import { type GatewayHouse, gatewayFor } from '../../support/qq-house.ts'
import { sandboxFor, until } from '../../support/sandbox.ts'

const BOUND_MS = 30_000
const WHO = ['unknown', 'paired', 'listed', 'blocked'] as const
type Who = (typeof WHO)[number]
/** In a group everybody is a member of its own, as far as the platform lets anybody see. */
const WAYS = ['message', 'edit', 'quote', 'button'] as const
type Way = (typeof WAYS)[number]

interface Policy {
  readonly dm: AccessRules['dmPolicy']
  readonly group: AccessRules['groupPolicy']
  readonly groupListed?: true
}

const POLICIES: readonly Policy[] = [
  { dm: 'pairing', group: 'allowlist', groupListed: true },
  { dm: 'allowlist', group: 'allowlist' },
  { dm: 'open', group: 'open' },
  { dm: 'disabled', group: 'disabled' },
]

function may({ dm, group, groupListed }: Policy, who: Who, inGroup: boolean): boolean {
  if (who === 'blocked') return false
  if (inGroup) return group === 'open' || groupListed === true
  if (dm === 'pairing') return who !== 'unknown'
  return dm === 'open' || (dm === 'allowlist' && who === 'listed')
}

interface Cell {
  readonly who: Who
  readonly way: Way
  readonly inGroup: boolean
  /** The name of the person, the words said, and the name of the file. */
  readonly key: string
}

const CELLS: readonly Cell[] = [false, true].flatMap(inGroup =>
  WHO.flatMap(who =>
    WAYS.map(way => ({ who, way, inGroup, key: `${who}-${way}-${inGroup ? 'in-group' : 'in-private'}` })),
  ),
)

const QUESTION: AgentQuestion = {
  kind: 'approval',
  title: 'go on',
  options: [{ id: 'yes', label: 'Allow', style: 'primary', grants: 'allow_once' }],
}

const GROUP = 'Team'
const placeOf = ({ key, inGroup }: Pick<Cell, 'key' | 'inGroup'>): Pick<Say, 'person' | 'group'> =>
  inGroup ? { person: key, group: GROUP } : { person: key }

/** A gateway that notes who reaches what. Whoever says "ask" is asked something before they are answered. */
async function house(
  t: TestContext,
  box: Sandbox,
  more: { readonly path?: string; readonly stuck?: true; readonly rules?: Partial<AccessRules> } = {},
) {
  const media = mediaHouse(t, { ownBases: [box.url], quotaBytes: 50_000_000, largestBytes: 20_000_000 })
  const heardPath = join(media.home, 'heard.txt')
  const module = join(media.home, 'hook.mjs')
  writeFileSync(heardPath, '')
  writeFileSync(
    module,
    `import { appendFileSync } from 'node:fs'
    export default ({ text }) => appendFileSync(${JSON.stringify(heardPath)}, text + '\\n')`,
  )
  const hooks = createHooks([{ at: ['message_in'], run: { module }, timeoutMs: BOUND_MS, onFailure: 'stop' }], {
    clock: systemClock,
    log: silentLogger,
    env: process.env,
  })
  const asked: string[] = []
  const senders = new Map<string, string>()
  const decided: string[] = []
  const agent: Agent = {
    ...createEcho(),
    async *run(turn, signal) {
      asked.push(turn.text)
      const [verb, key = ''] = turn.text.split(' ')
      senders.set(key, turn.sender.id)
      if (more.stuck)
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      if (verb === 'ask') decided.push(`${key}: ${await turn.ask(QUESTION, signal)}`)
      yield { kind: 'text', text: `re: ${turn.text}` }
    },
  }
  let rules: Partial<AccessRules> = more.rules ?? {}
  const gateway = await gatewayFor({ after: fn => cleanUp(t, fn) }, box, {
    agent,
    media,
    hooks,
    access: () => rules,
    talk: { sessions: { inGroups: 'per_user', idleResetMinutes: null, dailyResetAt: null } },
    ...(more.path === undefined ? {} : { path: more.path }),
  })
  return {
    ...gateway,
    decided,
    asked,
    heard: () => readFileSync(heardPath, 'utf8'),
    /** The id under which the platform knows a person there. */
    idOf: ({ key, inGroup }: Cell): string =>
      inGroup ? (senders.get(key) ?? assert.fail(`no id of ${key}`)) : box.person(key),
    rulesNow: () => rules,
    setRules(next: Partial<AccessRules>) {
      rules = next
    },
  }
}

type House = Awaited<ReturnType<typeof house>>

/** Everybody becomes who they are meant to be, and from now on the policy is in force. */
async function enforce(own: House, box: Sandbox, policy: Policy, cells: readonly Cell[]): Promise<void> {
  const { pairing } = own.gateway
  for (const cell of cells) {
    if (cell.who !== 'paired' && cell.who !== 'blocked') continue
    assert.equal((await pairing.block(own.idOf(cell))).kind, 'done')
    if (cell.who === 'paired') assert.equal((await pairing.approve(own.idOf(cell))).kind, 'done')
  }
  own.setRules({
    dmPolicy: policy.dm,
    groupPolicy: policy.group,
    groupTrigger: 'mention',
    allowedUsers: cells.filter(({ who }) => who === 'listed').map(cell => own.idOf(cell)),
    allowedGroups: policy.groupListed ? [box.group(GROUP, {})] : [],
  })
}

async function untilEnded({ journal }: GatewayHouse, id: string): Promise<string> {
  let end: string | null | undefined
  await eventually(`an end of ${id}`, BOUND_MS, async () => {
    end = (await journal.trace(id))?.inbox?.end
    return typeof end === 'string'
  })
  return end ?? ''
}

/** Says it in the way of the cell. Resolves when everything that comes of it has come. */
async function reach(own: House, box: Sandbox, cell: Cell): Promise<void> {
  const { way, inGroup, key } = cell
  const file = (name: string): object => ({
    content_type: 'image/png',
    filename: `${name}.png`,
    url: box.url + box.host({ name: `${name}.png`, bytes: PNG, mediaType: 'image/png' }),
  })
  const words = { ...placeOf(cell), text: `say ${key}`, attachments: [file(key)] }
  if (way === 'message') return void (await untilEnded(own, box.say(words).id))
  if (way === 'quote') {
    const elements = [
      { msg_idx: 'REFIDX_1', message_type: 103, content: 'quoted', attachments: [file(`${key}-quoted`)] },
    ]
    return void (await untilEnded(own, box.say({ ...words, patch: { message_type: 103, msg_elements: elements } }).id))
  }
  // The platform knows no edits: what could be one is the same message once more, with other words. In a group the first copy
  // spoke to nobody, and this one speaks to the bot.
  const first = inGroup ? { ...placeOf(cell), text: 'among us', mention: false, events: 'message' as const } : words
  const { id } = box.say(first)
  await untilEnded(own, id)
  box.say({ ...words, id, text: `say ${key} edited` })
  // Whatever comes after it shows that it has been heard.
  const after = box.say({ ...placeOf(cell), text: 'after it' })
  await untilEnded(own, after.id)
}

for (const policy of POLICIES) {
  test(`private chats ${policy.dm}, groups ${policy.group}${policy.groupListed ? ' (listed)' : ''}: messages, edits, quotes, buttons`, async t => {
    const box = await sandboxFor({ after: fn => cleanUp(t, fn) })
    const own = await house(t, box)
    // Everybody was let in once; those who will press a button have been asked then.
    const presses = CELLS.filter(({ way }) => way === 'button')
    const others = CELLS.filter(({ way, inGroup }) => inGroup && way !== 'button')
    for (const cell of others) box.say({ ...placeOf(cell), text: `greet ${cell.key}` })
    const asks = presses.map(cell => ({ cell, id: box.say({ ...placeOf(cell), text: `ask ${cell.key}` }).id }))
    await eventually('everybody is known', BOUND_MS, () => own.asked.length === presses.length + others.length)
    const questionTo = (cell: Cell, askId: string): Promise<ShownMessage> =>
      until(box, `a question to ${cell.key}`, () =>
        box
          .answers(cell.inGroup ? { group: GROUP } : { person: cell.key })
          .find(({ answers, keyboard }) => answers === askId && keyboard !== undefined),
      )
    const questions = await Promise.all(asks.map(({ cell, id }) => questionTo(cell, id)))
    await enforce(own, box, policy, CELLS)

    await Promise.all(CELLS.filter(({ way }) => way !== 'button').map(cell => reach(own, box, cell)))
    const paths = box.log
      .entries({ kinds: ['request'] })
      .flatMap(entry => (entry.kind === 'request' ? [entry.path] : []))
    const history = async (cell: Cell): Promise<string> => {
      const id = cell.inGroup ? box.group(GROUP, {}) : box.person(cell.key)
      const chat = { account: 'qqbot', kind: cell.inGroup ? 'group' : 'c2c', id } as const
      const said = await own.journal.history(chat, 100_000, cell.inGroup ? own.idOf(cell) : '')
      return said.map(({ text }) => text).join('\n')
    }
    for (const cell of CELLS.filter(({ way }) => way !== 'button')) {
      const passes = may(policy, cell.who, cell.inGroup)
      const edited = cell.way === 'edit' && cell.inGroup
      const said = `say ${cell.key}${edited ? ' edited' : ''}`
      const reached = {
        agent: own.asked.some(text => text.startsWith(`${said}\n`)),
        hook: own.heard().includes(`${said}\n`),
        history: (await history(cell)).includes(`${said}\n`),
        download: paths.some(path => path.endsWith(`/${cell.key}.png`)),
        quoted: paths.some(path => path.endsWith(`/${cell.key}-quoted.png`)),
      }
      const wanted = {
        agent: passes,
        hook: passes,
        history: passes,
        download: passes,
        quoted: passes && cell.way === 'quote',
      }
      assert.deepEqual(reached, wanted, cell.key)
      const secondWords = cell.way === 'edit' && !cell.inGroup
      if (secondWords)
        assert.ok(!own.asked.some(text => text.includes(`${cell.key} edited`)), `${cell.key}: asked once`)
      if (!passes && !cell.inGroup) {
        const offered = policy.dm === 'pairing' && cell.who === 'unknown'
        const told = (): number => box.answers({ person: cell.key }).length
        if (offered) await eventually(`${cell.key} is told how to be let in`, BOUND_MS, () => told() > 0)
        assert.equal(told(), offered ? 1 : 0, `${cell.key}: what is told`)
      }
    }

    for (const [index, cell] of presses.entries()) {
      const message = questions[index]?.id ?? assert.fail()
      const pressed = box.click({ message, button: '1', ...(cell.inGroup ? { person: cell.key } : {}) })
      const { ack } = await until(box, `an answer to the press of ${cell.key}`, () => {
        const found = box.interaction(pressed.id)
        return found?.ackedAtMs === undefined ? undefined : { ack: found.ack }
      })
      const passes = may(policy, cell.who, cell.inGroup)
      assert.deepEqual(ack, { code: passes ? 0 : 4 }, cell.key)
      if (passes)
        await eventually(`the decision of ${cell.key}`, BOUND_MS, () => own.decided.includes(`${cell.key}: yes`))
      else assert.ok(!own.decided.some(line => line.startsWith(`${cell.key}:`)), `${cell.key} decided something`)
    }
  })
}

/** What a former process left open when everybody was let in, under the policy of the next. */
for (const policy of POLICIES) {
  test(`private chats ${policy.dm}, groups ${policy.group}${policy.groupListed ? ' (listed)' : ''}: what was left open`, async t => {
    const box = await sandboxFor({ after: fn => cleanUp(t, fn) })
    const path = join(tempHome(t), 'journal.sqlite')
    const cells: Cell[] = CELLS.filter(({ way }) => way === 'message')
    const first = await house(t, box, { path, stuck: true })
    const left = cells.map(cell => ({ cell, id: box.say({ ...placeOf(cell), text: `left ${cell.key}` }).id }))
    await eventually('all are asked', BOUND_MS, () => first.asked.length === cells.length)
    await enforce(first, box, policy, cells)
    const rules = first.rulesNow()
    await first.stop()
    const second = await house(t, box, { path, rules })
    for (const { cell, id } of left) {
      const passes = may(policy, cell.who, cell.inGroup)
      assert.equal(await untilEnded(second, id), passes ? 'answered' : 'denied', cell.key)
      assert.equal(second.asked.includes(`left ${cell.key}`), passes, cell.key)
      assert.equal(second.heard().includes(`left ${cell.key}\n`), passes, cell.key)
    }
  })
}
