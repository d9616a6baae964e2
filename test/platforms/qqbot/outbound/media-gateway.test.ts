/** Files through the whole gateway: from a person to the agent, and from an answer to a person. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Agent, AgentTurn } from '../../../../src/agents/agent.ts'
import { createEcho } from '../../../../src/agents/echo.ts'
import type { Sandbox } from '../../../../src/sandbox/sandbox.ts'
import { mediaHouse, PNG, tone } from '../../../media/house.ts'
import { type CleanUp, cleanUp } from '../../../support/clean-up.ts'
import { gatewayFor } from '../../../support/qq-house.ts'
import { ask, sandboxFor, untilAnswers } from '../../../support/sandbox.ts'

interface House {
  readonly box: Sandbox
  readonly turns: readonly AgentTurn[]
  readonly outFolder: string
  /** What the agent says next. */
  says(reply: (turn: AgentTurn) => string): void
  /** Something of a person's that lies on the platform. */
  hosted(name: string, bytes: Uint8Array, type: string, more?: object): object
}

async function house(t: CleanUp, downloadMs = 5_000): Promise<House> {
  const box = await sandboxFor({ after: fn => cleanUp(t, fn) })
  const media = mediaHouse(t, { ownBases: [box.url], downloadMs, quotaBytes: 50_000_000, largestBytes: 20_000_000 })
  const turns: AgentTurn[] = []
  let reply = (turn: AgentTurn): string => `re: ${turn.text}`
  const agent: Agent = {
    ...createEcho(),
    async *run(turn) {
      turns.push(turn)
      yield { kind: 'text', text: reply(turn) }
    },
  }
  await gatewayFor({ after: fn => cleanUp(t, fn) }, box, { agent, media })
  return {
    box,
    turns,
    outFolder: media.outFolder,
    says(next) {
      reply = next
    },
    hosted: (name, bytes, type, more = {}) => ({
      content_type: type,
      filename: name,
      url: box.url + box.host({ name, bytes, mediaType: type }),
      size: bytes.length,
      ...more,
    }),
  }
}

test('D49 a picture reaches the agent as a file; one that fails is named, and the text arrives', async t => {
  const { box, turns, hosted } = await house(t)
  const picture = hosted('cat.png', PNG, 'image/png')
  const gone = { content_type: 'image/jpeg', filename: 'b.jpg', url: `${box.url}/hosted/none/b.jpg` }
  const inside = { content_type: 'file', filename: 'c.txt', url: 'http://169.254.169.254/latest/meta-data' }
  const { answer } = await ask(box, { person: 'Alice', text: 'look', attachments: [picture, gone, inside] })
  assert.equal(
    answer.text,
    're: look\n[image: cat.png, 70 B]\n[image: b.jpg (not available: the server did not give it out)]\n' +
      '[file: c.txt (not available: its address is not allowed)]',
  )
  const [first] = turns[0]?.attachments ?? []
  assert.deepEqual(readFileSync(first?.path ?? ''), PNG)
  assert.equal(first?.mediaType, 'image/png')
})

test('D49 a file that never comes holds up its own chat alone, and that not for longer than its bound', async t => {
  const { box, hosted } = await house(t, 1_500)
  box.fault('download_silent')
  box.say({ person: 'Alice', text: 'look', attachments: [hosted('cat.png', PNG, 'image/png')] })
  const { answer } = await ask(box, { person: 'Bob', text: 'hi' })
  assert.equal(answer.text, 're: hi')
  assert.equal(box.answers({ person: 'Alice' }).length, 0)
  const [late] = await untilAnswers(box, { person: 'Alice' }, 1)
  assert.equal(late?.text, 're: look\n[image: cat.png (not available: it took too long)]')
})

test('D47 a stranger’s file is not fetched', async t => {
  const box = await sandboxFor({ after: fn => cleanUp(t, fn) })
  const media = mediaHouse(t, { ownBases: [box.url] })
  const access = { dmPolicy: 'allowlist', allowedUsers: [box.person('Bob')] } as const
  await gatewayFor({ after: fn => cleanUp(t, fn) }, box, { media, access })
  const url = box.url + box.host({ name: 'a.png', bytes: PNG, mediaType: 'image/png' })
  const attachments = [{ content_type: 'image/png', filename: 'a.png', url }]
  box.say({ person: 'Mallory', text: '', attachments })
  await ask(box, { person: 'Bob', text: '', attachments })
  const paths = box.log.entries({ kinds: ['request'] }).flatMap(entry => ('path' in entry ? [entry.path] : []))
  assert.equal(paths.filter(path => path.startsWith('/hosted/')).length, 1)
})

test('D51 voice: the transcript; else a WAV for the agent and an honest word', async t => {
  const { box, turns, hosted } = await house(t)
  const wav = box.url + box.host({ name: 'v.wav', bytes: tone(), mediaType: 'audio/wav' })
  const amr = Buffer.from('#!AMR\nx')
  const heard = hosted('a.amr', amr, 'voice', { voice_wav_url: wav, asr_refer_text: '明天几点' })
  const unheard = hosted('b.amr', amr, 'voice', { voice_wav_url: wav })
  const { answer } = await ask(box, { person: 'Alice', text: '', attachments: [heard, unheard] })
  assert.equal(answer.text, 're: 明天几点\n[voice: b.amr (nobody could tell what it says)]')
  assert.equal(turns[0]?.attachments[1]?.mediaType, 'audio/wav')
})

test('D52 files of a quoted message reach the agent again: a person’s, the bot’s own, and one that is gone', async t => {
  const { box, turns, says, hosted, outFolder } = await house(t)
  const { said: pictured } = await ask(box, {
    person: 'Alice',
    text: 'my cat',
    attachments: [hosted('cat.png', PNG, 'image/png')],
  })
  writeFileSync(join(outFolder, 'chart.png'), PNG)
  says(() => 'MEDIA:chart.png')
  const { answer: chart } = await ask(box, { person: 'Alice', text: 'draw' })
  says(() => 'seen')
  /** The platform gives the name of what is quoted, and nothing of it. */
  const quoting = async (refIdx: string) => {
    await ask(box, { person: 'Alice', text: 'what is this?', quote: refIdx, omit: ['msg_elements'] })
    return turns.at(-1)
  }
  const again = await quoting(pictured.refIdx)
  assert.match(again?.text ?? '', /> my cat\n> \[image\]/)
  assert.deepEqual(
    again?.attachments.map(({ kind, name, quoted, mediaType }) => [kind, name, quoted, mediaType]),
    [['image', 'cat.png', true, 'image/png']],
  )
  assert.deepEqual(readFileSync(again?.attachments[0]?.path ?? ''), PNG)
  const own = await quoting(chart.refIdx)
  assert.deepEqual(
    own?.attachments.map(({ path, quoted, mediaType }) => [path, quoted, mediaType]),
    [[join(outFolder, 'chart.png'), true, 'image/png']],
  )
  rmSync(join(outFolder, 'chart.png'))
  const gone = await quoting(chart.refIdx)
  assert.deepEqual(
    gone?.attachments.map(({ path, trouble }) => [path, trouble]),
    [[undefined, 'gone']],
  )
  assert.match(gone?.text ?? '', /\[quoted image: chart\.png \(not available: nobody knows where it is\)\]/)
})

test('D52 a quote that the platform passes on brings its files along', async t => {
  const { box, turns, hosted } = await house(t)
  const attachments = [hosted('cat.png', PNG, 'image/png')]
  const { said } = await ask(box, { person: 'Alice', text: 'my cat', attachments })
  await ask(box, { person: 'Alice', text: 'what is this?', quote: said.refIdx })
  assert.deepEqual(
    turns.at(-1)?.attachments.map(({ name, quoted, mediaType }) => [name, quoted, mediaType]),
    [['cat.png', true, 'image/png']],
  )
})

test('D52 a quote of the bot’s own message has its words, also when the platform gives its name alone', async t => {
  const { box, turns, says, outFolder } = await house(t)
  writeFileSync(join(outFolder, 'chart.png'), PNG)
  says(() => 'The answer is 42.\nIt is final.')
  const { said, answer } = await ask(box, { person: 'Alice', text: 'what is it?' })
  says(() => 'MEDIA:chart.png')
  const { answer: chart } = await ask(box, { person: 'Alice', text: 'draw it' })
  says(() => 'ok')
  const omit = ['msg_elements']
  await ask(box, { person: 'Alice', text: 'why?', quote: answer.refIdx, omit })
  await ask(box, { person: 'Alice', text: 'and this?', quote: said.refIdx, omit })
  await ask(box, { person: 'Alice', text: 'what is on it?', quote: chart.refIdx })
  await ask(box, { person: 'Alice', text: 'and?', quote: 'REFIDX_unknown==', omit })
  const [alice] = box.platform.bot().people.values()
  assert.deepEqual(
    turns.slice(2).map(turn => turn.text),
    [
      'why?\n\n[quoted: your own message]\n> The answer is 42.\n> It is final.',
      `and this?\n\n[quoted: message of "${alice?.openid}"]\n> what is it?`,
      'what is on it?\n\n[quoted: your own message]\n> [image: chart.png]',
      'and?\n\n[quoted message]\n> (the platform did not pass its content on)',
    ],
  )
})

test('D52 a quoted picture reaches the agent too', async t => {
  const { box, turns, hosted } = await house(t)
  const element = { content: 'see', attachments: [hosted('q.png', PNG, 'image/png')] }
  const patch = { message_type: 103, msg_elements: [element] }
  const { answer } = await ask(box, { person: 'Alice', text: 'what is this?', patch })
  assert.equal(answer.text, 're: what is this?\n\n[quoted message]\n> see\n> [image: q.png]')
  const [picture] = turns[0]?.attachments ?? []
  assert.deepEqual([picture?.quoted, readFileSync(picture?.path ?? '')], [true, PNG])
})

test('E72 the answer’s words and files arrive in order; a secret file is refused by its name alone', async t => {
  const { box, says, outFolder } = await house(t)
  writeFileSync(join(outFolder, 'a.png'), PNG)
  says(() => 'Here it is:\n![a](a.png)\nMEDIA:/etc/passwd')
  box.say({ person: 'Alice', text: 'draw' })
  const answers = await untilAnswers(box, { person: 'Alice' }, 3)
  assert.deepEqual(
    answers.map(({ text, form, seq }) => [text, form, seq]),
    [
      ['Here it is:', 'text', 1],
      [' ', 'media', 2],
      ['(The file “passwd” may not be sent.)', 'text', 3],
    ],
  )
})

test('a picture of this machine arrives in a guild’s channel and direct session; another file is named there', async t => {
  const { box, says, outFolder } = await house(t)
  writeFileSync(join(outFolder, 'a.png'), PNG)
  writeFileSync(join(outFolder, 'a.pdf'), '%PDF-')
  says(() => 'Here:\nMEDIA:a.png\nMEDIA:a.pdf')
  for (const channel of ['general', '@Alice']) {
    box.say({ person: 'Alice', channel, text: 'draw' })
    const answers = await untilAnswers(box, { channel }, 3)
    assert.deepEqual(
      answers.map(({ text, attachments = [] }) => [text, attachments.length]),
      [
        ['Here:', 0],
        ['', 1],
        ['(The file “a.pdf” could not be sent: guilds take pictures alone. Code: guild_file)', 0],
      ],
    )
  }
})

test('E72 the day’s volume is used up: the chat is told, and what follows arrives', async t => {
  const { box, says, outFolder } = await house(t)
  writeFileSync(join(outFolder, 'a.bin'), Buffer.alloc(7_000_000, 'x'))
  box.fault('upload_quota')
  says(() => 'MEDIA:a.bin\ndone')
  box.say({ person: 'Alice', text: 'send it' })
  const answers = await untilAnswers(box, { person: 'Alice' }, 2)
  assert.deepEqual(
    answers.map(({ text }) => text),
    ['(The file “a.bin” could not be sent: the bot has used up what it may upload in a day. Code: 40093002)', 'done'],
  )
})

test('E72 an upload that hangs holds up no other chat', async t => {
  const { box, says, outFolder } = await house(t)
  writeFileSync(join(outFolder, 'a.png'), PNG)
  box.fault({ kind: 'http', route: 'upload', answer: 'silence' }, { times: 1 })
  says(turn => (turn.text === 'send it' ? 'MEDIA:a.png' : 'hello'))
  box.say({ person: 'Alice', text: 'send it' })
  const { answer } = await ask(box, { person: 'Bob', text: 'hi' })
  assert.equal(answer.text, 'hello')
  assert.equal(box.answers({ person: 'Alice' }).length, 0)
})
