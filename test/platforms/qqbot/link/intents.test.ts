/** An IDENTIFY that names what the bot was not granted: less is asked for, and what is missing is remembered and shown. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  grantedBefore,
  grantNote,
  INTENTS,
  intentLadder,
  missingOf,
} from '../../../../src/platforms/qqbot/link/intents.ts'
import type { Sandbox } from '../../../../src/sandbox/sandbox.ts'
import { type CleanUp, cleanUp } from '../../../support/clean-up.ts'
import { gatewayFor } from '../../../support/qq-house.ts'
import { ask, sandboxFor, TEST_BOT, until, untilAnswers } from '../../../support/sandbox.ts'

const { groupAndC2c, interaction, publicGuildMessages } = INTENTS
const DAY_MS = 24 * 3600_000
const after = (t: CleanUp) => ({ after: (fn: () => Promise<void> | void) => cleanUp(t, fn) })

/** The intents that were asked for, one IDENTIFY after the other. */
function asked(box: Sandbox): number[] {
  return box.log
    .entries({ kinds: ['frame'] })
    .flatMap(entry => (entry.kind === 'frame' && entry.text.startsWith('{"op":2') ? [entry.text] : []))
    .map(text => Number(/"intents":(\d+)/.exec(text)?.[1]))
}

async function refusing(t: CleanUp, granted: number, badIdentify: 'op9_4903' | 'documented') {
  const box = await sandboxFor(after(t), { bots: [{ ...TEST_BOT, grantedIntents: granted }], options: { badIdentify } })
  const folder = mkdtempSync(join(tmpdir(), 'herald-intents-'))
  cleanUp(t, () => rmSync(folder, { recursive: true, force: true }))
  return { box, path: join(folder, 'journal.sqlite') }
}

for (const badIdentify of ['op9_4903', 'documented'] as const) {
  test(`refused for guilds and audits (${badIdentify}): buttons stay, and the rest is named in status`, async t => {
    const { box, path } = await refusing(t, groupAndC2c | interaction, badIdentify)
    const house = await gatewayFor(after(t), box, { path })
    assert.deepEqual(asked(box).slice(1), [groupAndC2c | interaction | publicGuildMessages, groupAndC2c | interaction])
    assert.match(house.status().limits?.['intents'] ?? '', /not granted .*audit.*guild channels/)
    await ask(box, { person: 'Alice', text: 'hi' })
  })

  for (const [what, granted] of Object.entries({
    'direct messages and audits': groupAndC2c | interaction | publicGuildMessages,
    'these and buttons': groupAndC2c | publicGuildMessages,
  })) {
    test(`refused ${what} (${badIdentify}): guild channels stay`, async t => {
      const { box, path } = await refusing(t, granted, badIdentify)
      // Each step is another question: the waits of a failing link do not grow in between.
      const house = await gatewayFor(after(t), box, { path, settings: { backoffSeconds: [60] } })
      assert.equal(asked(box).at(-1), granted)
      assert.match(house.status().limits?.['intents'] ?? '', /not granted .*direct messages of guilds/)
      box.say({ person: 'Alice', channel: 'general', text: 'hi' })
      await untilAnswers(box, { channel: 'general' }, 1)
    })
  }

  test(`refused all but messages (${badIdentify}): the next life asks for these alone, also after a restart`, async t => {
    const { box, path } = await refusing(t, groupAndC2c, badIdentify)
    const first = await gatewayFor(after(t), box, { path })
    assert.equal(asked(box).at(-1), groupAndC2c)
    assert.equal(asked(box).length, 5)
    await first.stop()
    // A new session, not a resumed one.
    box.advance(60 * 60_000)
    box.fault('forget_sessions')
    const second = await gatewayFor(after(t), box, { path })
    await until(box, 'another session', () => asked(box).length > 5)
    assert.deepEqual(asked(box).slice(5), [groupAndC2c])
    assert.match(second.status().limits?.['intents'] ?? '', /buttons/)
  })
}

test('all granted: one IDENTIFY, and nothing to show', async t => {
  const box = await sandboxFor(after(t))
  const { status } = await gatewayFor(after(t), box)
  assert.equal(asked(box).length, 1)
  assert.equal(status().limits, undefined)
})

test('a ladder never asks for more than is wanted', () => {
  assert.deepEqual(intentLadder(groupAndC2c), [groupAndC2c])
  assert.deepEqual(intentLadder(groupAndC2c | 1), [groupAndC2c | 1, groupAndC2c])
  assert.deepEqual(intentLadder(1 << 30), [1 << 30])
  assert.deepEqual(intentLadder(0), [0])
})

test('what was refused is forgotten after a week, and when something else is wanted', () => {
  const note = grantNote(7, 3, 0)
  assert.equal(grantedBefore(note, 7, DAY_MS), 3)
  assert.equal(grantedBefore(note, 7, 7 * DAY_MS), undefined)
  assert.equal(grantedBefore(note, 5, DAY_MS), undefined)
  assert.equal(grantedBefore({ asked: 7 }, 7, 0), undefined)
  assert.equal(missingOf(groupAndC2c | (1 << 3), groupAndC2c), 'bits 8')
  assert.equal(missingOf(3, 7), null)
})
