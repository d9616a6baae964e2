/** J: who may talk, from the console and from the chat. */
import assert from 'node:assert/strict'
import { eventually } from '../../../test/support/eventually.ts'
import { quick, type Row } from '../row.ts'
import { ledgerOf } from '../steps.ts'
import type { Scene } from '../world.ts'

const STRANGER_CODE = /([2-9A-Z]{4}-[2-9A-Z]{4})/
const OWNER_CODE = /([2-9A-Z]{4}(?:-[2-9A-Z]{4}){3})/
const PAIRING = { bot: { dm_policy: 'pairing', group_policy: 'allowlist' } } as const

/** The last that the bot said to somebody, once there is so much of it. */
const said = ({ box }: Scene, person: string, count: number): Promise<string> =>
  eventually(`${count} answers to ${person}`, 20_000, async () => {
    const answers = await box.answers({ person })
    return answers.length >= count && (answers.at(-1)?.text ?? '')
  })

async function codeIn(text: string, pattern: RegExp): Promise<string> {
  const [, code] = pattern.exec(text) ?? []
  assert.ok(code, text)
  return code
}

const fromConsole = quick(
  'J101',
  'a stranger is told once, is let in from the console, and is answered from then on',
  async world => {
    const scene = await world.scene(PAIRING)
    const { box, start, command } = scene
    await start().connected()
    for (let at = 0; at < 3; at++) await box.say({ person: 'Sam', text: `let me in ${at}` })
    const code = await codeIn(await said(scene, 'Sam', 1), STRANGER_CODE)
    const list = await command('pairing')
    assert.match(list.stdout, /asks/)
    assert.ok(!list.stdout.includes(code))
    const wrong = await command('pairing', 'approve', 'AAAA-2222')
    assert.equal(wrong.code, 1, wrong.stderr)
    const right = await command('pairing', 'approve', code)
    assert.equal(right.code, 0, right.stderr)
    assert.equal((await box.counters()).sends, 1, 'one notice for three messages')
    const ledger = ledgerOf(box)
    await ledger.say({ person: 'Sam' })
    return ledger.even()
  },
)

const fromChat = quick(
  'J101',
  'the owner is made by the code on the console, and lets a stranger in from the chat; both hold after kill -9',
  async world => {
    const scene = await world.scene(PAIRING)
    const { box, start, command } = scene
    const first = start()
    await first.connected()
    await box.say({ person: 'Olga', text: await codeIn(first.stderr(), OWNER_CODE) })
    assert.match(await said(scene, 'Olga', 1), /my owner now/)
    await box.say({ person: 'Sam', text: 'let me in' })
    await box.say({ person: 'Olga', text: `/approve ${await codeIn(await said(scene, 'Sam', 1), STRANGER_CODE)}` })
    assert.match(await said(scene, 'Olga', 2), /Let in/)
    first.kill('SIGKILL')
    await first.ended
    const offline = await command('pairing', 'list', '--json')
    const roles = [...offline.stdout.matchAll(/"role": "(\w+)"/g)].map(([, role]) => role)
    assert.deepEqual(roles, ['owner', 'member'], offline.stdout)
    const second = start()
    await second.connected()
    assert.doesNotMatch(second.stderr(), OWNER_CODE)
    const ledger = ledgerOf(box)
    await ledger.say({ person: 'Sam' })
    await ledger.say({ person: 'Olga' })
    return ledger.even()
  },
)

const crowd = quick(
  'J101',
  'a thousand strangers write twice: one notice for each, fifty codes that count, nobody is answered',
  async world => {
    const { box, start, command } = await world.scene(PAIRING)
    await start().connected()
    const STRANGERS = 1_000
    for (const round of [1, 2])
      for (let at = 0; at < STRANGERS; at += 50)
        await Promise.all(
          Array.from({ length: 50 }, (_, more) => box.say({ person: `Stranger ${at + more}`, text: `hello ${round}` })),
        )
    await eventually('a notice for each', 60_000, async () => (await box.counters()).sends >= STRANGERS)
    const list = await command('pairing', 'list', '--json')
    assert.equal([...list.stdout.matchAll(/"atMs":/g)].length, 50)
    assert.equal((await box.counters()).sends, STRANGERS)
    const [notice] = await box.answers({ person: 'Stranger 7' })
    assert.match(notice?.text ?? '', STRANGER_CODE)
    return { note: `${STRANGERS} notices for ${2 * STRANGERS} messages` }
  },
  { boundMs: 180_000 },
)

export const pairing: readonly Row[] = [fromConsole, fromChat, crowd]
