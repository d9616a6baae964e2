/** E: what goes out, and what the platform makes of it. */
import assert from 'node:assert/strict'
import type { FaultName, FaultSpec, LogEntry, ShownMessage } from '../../../src/sandbox/sandbox.ts'
import type { Box } from '../../../test/support/box.ts'
import { eventually } from '../../../test/support/eventually.ts'
import type { Herald } from '../../../test/support/herald.ts'
import { type Figures, quick, type Row, slow } from '../row.ts'
import { ledgerOf } from '../steps.ts'
import type { Scene } from '../world.ts'

export const ALICE = { person: 'Alice' }

type Try = Extract<LogEntry, { readonly kind: 'request' }>

/** Every post of a message, refused ones included. */
export async function posts(box: Box): Promise<readonly Try[]> {
  const entries = await box.log({ kinds: ['request'] })
  return entries.filter((entry): entry is Try => entry.kind === 'request' && entry.path.endsWith('/messages'))
}

const seqOf = ({ request }: Try): unknown => JSON.parse(request).msg_seq

export function sent(
  id: string,
  title: string,
  talk: (scene: Scene, herald: Herald) => Promise<Figures>,
  make = quick,
): Row {
  return make(id, title, async world => {
    const scene = await world.scene()
    const herald = scene.start()
    await herald.connected()
    return talk(scene, herald)
  })
}

/** One send goes wrong, and the person sees the answer once all the same. */
function healed(
  id: string,
  title: string,
  fault: FaultName | FaultSpec,
  check: (tries: readonly Try[]) => string,
  make = quick,
): Row {
  return sent(
    id,
    title,
    async ({ box }) => {
      await box.fault(fault, { times: 1 })
      const ledger = ledgerOf(box)
      await ledger.say(ALICE)
      await ledger.even(60_000)
      // Shown is not the end: an answer that was lost is asked for once more.
      const tries = await eventually('the second try', 60_000, async () => {
        const made = await posts(box)
        return made.length > 1 && made
      })
      return { ...(await ledger.even()), note: check(tries) }
    },
    make,
  )
}

const sameSeq = (tries: readonly Try[]): string => {
  assert.deepEqual(tries.map(seqOf), [1, 1], 'tried again with the same msg_seq')
  return 'second try with the same msg_seq'
}

/** Refused for good: not tried again, a named end, and the chat goes on. */
function refused(id: string, title: string, fault: FaultName | FaultSpec, end: RegExp): Row {
  return sent(id, title, async ({ box, command }) => {
    await box.fault(fault, { times: 1 })
    await box.say({ ...ALICE, text: 'first' })
    const listed = await eventually('a named end', 20_000, async () => {
      const { stdout } = await command('dead', 'list')
      return end.test(stdout) && stdout
    })
    const ledger = ledgerOf(box)
    await ledger.say(ALICE)
    const even = await ledger.even()
    const first = (await posts(box)).filter(({ request }) => request.includes('echo: first'))
    assert.equal(first.length, 1, 'not tried again')
    return { ...even, note: listed.split('\n')[0]?.slice(0, 90) ?? '' }
  })
}

const LONG = Array.from({ length: 5_500 }, (_, at) => `word${at}`).join(' ')

/** The person lets the bot write first, and the bot hears of it. */
export async function granted(box: Box): Promise<void> {
  await box.person('Alice', { proactive: false })
  await box.person('Alice', { proactive: true })
}

const twelve = sent('E53', 'an answer of 12 pieces to one private message', async ({ box }) => {
  await granted(box)
  const text = LONG.slice(0, 46_000)
  const { id } = await box.say({ ...ALICE, text })
  const shown = await eventually('the whole answer', 40_000, async () => {
    const answers = await box.answers(ALICE)
    return inOne(answers).length >= inOne([{ text }]).length && answers
  })
  assert.ok(inOne(shown).includes(inOne([{ text }])), 'nothing is cut, the order is kept')
  const passive = shown.filter(({ answers }) => answers === id).length
  assert.ok(passive <= 4, `${passive} passive replies`)
  return { lost: 0, doubled: 0, note: `${shown.length} posts, ${passive} of them passive` }
})

const inOne = (messages: readonly Pick<ShownMessage, 'text'>[]): string =>
  messages
    .map(({ text }) => text)
    .join('')
    .replaceAll(/\s/g, '')

const heldBack = quick(
  'E53',
  'the same where the bot may not write first: held, announced, comes with the next message',
  async world => {
    const { box, start } = await world.scene()
    await box.fault('proactive_refused')
    await start().connected()
    const text = LONG.slice(0, 46_000)
    await box.say({ ...ALICE, text })
    await eventually('an announcement', 20_000, async () =>
      (await box.answers(ALICE)).some(each => /rest is kept|comes with your next/.test(each.text)),
    )
    let rounds = 0
    const whole = inOne([{ text }])
    const shownOf = async (): Promise<string> =>
      inOne(
        (await box.answers(ALICE))
          .filter(({ text: each }) => !each.startsWith('echo: more'))
          .map(({ text: each }) => ({ text: each.replaceAll(/\([^()]*your next message\.\)/g, '') })),
      )
    while (!(await shownOf()).includes(whole) && rounds < 6) {
      rounds += 1
      const before = (await box.answers(ALICE)).length
      await box.say({ ...ALICE, text: `more ${rounds}` })
      await eventually('more of it', 15_000, async () => (await box.answers(ALICE)).length > before)
      await eventually('the round is over', 15_000, async () => {
        const answers = await box.answers(ALICE)
        return answers.some(each => each.text === `echo: more ${rounds}`) || answers.length >= before + 4
      })
    }
    assert.ok((await shownOf()).includes(whole), 'all of it arrives, in order')
    return { lost: 0, doubled: 0, note: `${rounds} more messages of the person` }
  },
)

function noRoom(id: string, title: string, fault: FaultName, also?: FaultName): Row {
  return sent(id, title, async ({ box, command }) => {
    if (also === undefined) await granted(box)
    await box.fault(fault, { times: 1 })
    const blocked = also === undefined ? undefined : await box.fault(also)
    const { id: messageId } = await box.say({ ...ALICE, text: 'first' })
    if (blocked !== undefined) {
      await eventually('held', 15_000, async () => (await command('dead', 'list')).stdout.includes('held'))
      assert.equal((await box.answers(ALICE)).length, 0)
      await box.say({ ...ALICE, text: 'second' })
    }
    const shown = await eventually('it is shown', 15_000, async () => {
      const answers = await box.answers(ALICE)
      return answers.some(({ text }) => text === 'echo: first') && answers
    })
    const first = shown.find(({ text }) => text === 'echo: first')
    assert.notEqual(first?.answers, messageId, 'not with the dead msg_id')
    assert.equal(shown.filter(({ text }) => text === 'echo: first').length, 1)
    return {
      lost: 0,
      doubled: 0,
      note: blocked === undefined ? 'sent of its own accord' : "held, came with the chat's next message",
    }
  })
}

const plain = sent(
  'E57',
  'Markdown is refused (40034012): once more as plain text, and remembered',
  async ({ box }) => {
    await box.fault('markdown_refused')
    await box.say({ ...ALICE, text: '**bold** and `code`' })
    await eventually('shown', 15_000, async () => (await box.answers(ALICE)).length === 1)
    const before = (await posts(box)).length
    assert.equal(before, 2)
    await box.say({ ...ALICE, text: '**bold** again' })
    const shown = await eventually('shown', 15_000, async () => {
      const answers = await box.answers(ALICE)
      return answers.length === 2 && answers
    })
    assert.deepEqual(
      shown.map(({ form }) => form),
      ['text', 'text'],
    )
    assert.equal((await posts(box)).length, before + 1, 'the second goes out plain at once')
    return { lost: 0, doubled: 0, note: '2 tries, then 1' }
  },
)

const links = sent('E58', 'links are refused (304003): disarmed, and told', async ({ box }) => {
  await box.fault('link_refused')
  await box.say({ ...ALICE, text: 'see https://example.com/1.sh now' })
  const shown = await eventually('shown', 15_000, async () => (await box.answers(ALICE))[0])
  assert.doesNotMatch(shown.text, /https:\/\/example\.com/)
  return { lost: 0, doubled: 0, note: shown.text.slice(0, 60) }
})

const audit = sent('E59', 'a send is taken for an audit: accepted, not sent again', async ({ box }) => {
  await box.fault('send_audit', { times: 1 })
  await box.say({ ...ALICE, text: 'first' })
  const ledger = ledgerOf(box)
  await ledger.say(ALICE)
  const even = await ledger.even()
  const first = (await posts(box)).filter(({ request }) => request.includes('echo: first'))
  assert.equal(first.length, 1)
  return even
})

const rejected = sent('E59', 'the audit rejects it: told, and listed', async ({ box, command }) => {
  await box.fault({ kind: 'audit', verdict: 'reject', verdictAfterMs: 100 }, { times: 1 })
  await box.say({ ...ALICE, text: 'first' })
  const told = await eventually('the word of it', 10_000, async () => (await box.answers(ALICE))[0])
  assert.match(told.text, /did not pass the content check/)
  const { stdout } = await command('dead', 'list')
  assert.match(stdout, /refused by the audit/)
  const ledger = ledgerOf(box)
  await ledger.say(ALICE)
  return await ledger.even()
})

const parallel = sent('E63', 'ten chats and ten pieces at once: no msg_seq twice, none 0', async ({ box }) => {
  const ledger = ledgerOf(box)
  const ids = await Promise.all(
    Array.from({ length: 10 }, (_, at) => box.say({ person: `Person ${at}`, text: LONG.slice(0, 12_000) })),
  )
  for (const { id } of ids) {
    const replies = await eventually('its replies', 30_000, async () => {
      const found = await box.replies(id)
      return found !== undefined && found.seqs.length >= 3 && found
    })
    assert.equal(new Set(replies.seqs).size, replies.seqs.length)
    assert.ok(replies.seqs.every(seq => seq > 0))
  }
  return ledger.even()
})

const linkDown = sent('E64', 'an answer that is ready while the link is down waits for it', async ({ box }, herald) => {
  await box.fault('send_slow')
  const ledger = ledgerOf(box)
  await box.fault('no_resumed')
  await ledger.say(ALICE)
  await box.fault('cut')
  await herald.until('not connected', ({ state }) => state !== 'connected')
  await ledger.say({ person: 'Bob' })
  await box.mend()
  await herald.connected(40_000)
  return ledger.even(60_000)
})

const kindKept = quick(
  'E65',
  'kill -9 while a group answer is on its way: after the start it goes to the group',
  async world => {
    const { box, start } = await world.scene()
    const first = start()
    await first.connected()
    const id = await box.fault('send_silent')
    const ledger = ledgerOf(box)
    await ledger.say({ person: 'Bob', group: 'Family' })
    await eventually('a try', 10_000, async () =>
      (await box.state()).faults.some(each => each.id === id && each.fired > 0),
    )
    first.kill('SIGKILL')
    await first.ended
    await box.mend()
    await start().connected()
    const even = await ledger.even()
    const paths = new Set((await posts(box)).map(({ path }) => path.split('/').slice(0, 3).join('/')))
    assert.deepEqual([...paths], ['/v2/groups'])
    return even
  },
)

const ownId = sent('E67', 'each answer carries the id of its own message', async ({ box }) => {
  const said = await Promise.all(
    ['one', 'two', 'three'].map(async text => ({ text, ...(await box.say({ ...ALICE, text })) })),
  )
  const shown = await eventually('three answers', 15_000, async () => {
    const answers = await box.answers(ALICE)
    return answers.length === 3 && answers
  })
  for (const { text, id } of said) assert.equal(shown.find(each => each.text === `echo: ${text}`)?.answers, id)
  return { lost: 0, doubled: 0 }
})

const thirdFails = sent(
  'E68',
  'the third piece of four fails twice: the first two are not repeated',
  async ({ box }) => {
    await box.fault({ kind: 'http', route: 'send', delayMs: 400, answer: 'normal' })
    const text = LONG.slice(0, 15_500)
    await box.say({ ...ALICE, text })
    await eventually('two pieces', 15_000, async () => (await box.answers(ALICE)).length === 2)
    await box.mend()
    await box.fault(
      { kind: 'http', route: 'send', answer: { status: 500, body: { code: 500, message: 'internal' } } },
      { times: 2 },
    )
    const shown = await eventually('the whole', 30_000, async () => {
      const answers = await box.answers(ALICE)
      return inOne(answers).includes(inOne([{ text }])) && answers
    })
    assert.equal(shown.length, 4)
    return { lost: 0, doubled: 0, note: `${(await posts(box)).length} posts for 4 pieces` }
  },
)

const bounded = slow(
  'E69',
  'every send fails with 500 for four minutes: at most 8 posts for one reply',
  async world => {
    const { box, start } = await world.scene()
    await start().connected()
    await box.fault({ kind: 'http', route: 'send', answer: { status: 500, body: { code: 500, message: 'internal' } } })
    await box.say({ ...ALICE, text: 'first' })
    await new Promise(resolve => setTimeout(resolve, 240_000))
    const tries = (await posts(box)).length
    assert.ok(tries >= 2 && tries <= 8, `${tries} posts`)
    return { note: `${tries} posts in 4 minutes` }
  },
  { boundMs: 300_000 },
)

const letters = sent(
  'E70',
  '9,000 CJK characters with emoji, a code fence across the cut, a blank text',
  async ({ box }) => {
    const text = `${'汉字😀👨‍👩‍👧'.repeat(900)}\n\`\`\`js\n${'let x = 1\n'.repeat(300)}\`\`\`\n完`
    await box.say({ ...ALICE, text })
    const shown = await eventually('the end of it', 20_000, async () => {
      const answers = await box.answers(ALICE)
      return answers.at(-1)?.text.trimEnd().endsWith('完') && answers
    })
    for (const { text: piece } of shown) {
      assert.ok(piece.isWellFormed() && [...piece].length <= 4_000 && piece.trim() !== '')
      assert.equal((piece.match(/```/g) ?? []).length % 2, 0, 'fences are closed and opened again')
    }
    await box.say({ ...ALICE, text: '   ' })
    const ledger = ledgerOf(box)
    await ledger.say({ person: 'Bob' })
    return { ...(await ledger.even()), note: `${shown.length} pieces` }
  },
)

const status = (code: number, body: unknown, headers?: Record<string, string>): FaultSpec => ({
  kind: 'http',
  route: 'send',
  answer: { status: code, body, ...(headers === undefined ? {} : { headers }) },
})

export const outbound: readonly Row[] = [
  twelve,
  heldBack,
  noRoom('E54', 'the window is over (40034005): not with that id again', 'msg_id_expired'),
  noRoom('E55', 'the count is used up (40034128): not with that id again', 'quota_used_up'),
  noRoom('E56', 'no window and no right to write first: held', 'msg_id_expired', 'proactive_refused'),
  plain,
  links,
  audit,
  rejected,
  healed('E60', 'the token was revoked: fetched anew, the same post once more', 'revoke_token', tries => {
    assert.deepEqual(tries.map(seqOf), [1, 1])
    return 'one token more, same msg_seq'
  }),
  healed('E61', '429 with Retry-After', 'send_429_retry_after', sameSeq),
  healed('E61', '500', status(500, { code: 500, message: 'internal' }), sameSeq),
  healed('E61', '502 in HTML', status(502, '<html>bad gateway</html>'), sameSeq),
  healed('E61', '204, empty, stored', 'send_204', sameSeq),
  refused('E61', '200 with an error code (content refused)', 'send_200_code', /refused/),
  refused('E61', 'a code that nobody knows', status(400, { code: 99_887_766, message: 'news' }), /refused/),
  healed('E62', 'the answer is lost (reset), the platform showed it', 'lost_answer', sameSeq),
  healed('E62', 'the answer never comes, the platform showed it', 'no_answer', sameSeq, slow),
  parallel,
  linkDown,
  kindKept,
  ownId,
  thirdFails,
  bounded,
  letters,
]
