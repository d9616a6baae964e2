/** D 49 and 51, E 71 and 72: files both ways, and typing. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FaultName, FaultSpec } from '../../../src/sandbox/sandbox.ts'
import { PNG } from '../../../test/media/house.ts'
import { cleanUp } from '../../../test/support/clean-up.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { startOpenAiServer } from '../../../test/support/openai-server.ts'
import { quick, type Row } from '../row.ts'
import { ledgerOf } from '../steps.ts'
import type { Scene } from '../world.ts'
import { ALICE, sent } from './outbound.ts'

const ANSWER_MS = 20_000

async function hosted({ box }: Scene, name: string, type: string, bytes: Buffer, more: object = {}): Promise<object> {
  const { url, size } = await box.host(name, bytes)
  return { content_type: type, filename: name, url, size, ...more }
}

const answersTo = async ({ box }: Scene): Promise<string[]> => (await box.answers(ALICE)).map(({ text }) => text)

const picturesIn = sent(
  'D49',
  'a picture, one that is gone, one that points inside: the text arrives, each failure is named',
  async scene => {
    const { box } = scene
    const cat = await hosted(scene, 'cat.png', 'image/png', PNG)
    const gone = { content_type: 'image/jpeg', filename: 'b.jpg', url: `${box.apiBase}/hosted/none/b.jpg` }
    const inside = { content_type: 'file', filename: 'c.txt', url: 'http://169.254.169.254/latest/meta-data' }
    await box.say({ ...ALICE, text: 'look', attachments: [cat, gone, inside] })
    const [said] = await eventually('an answer', ANSWER_MS, async () => {
      const answers = await answersTo(scene)
      return answers.length > 0 && answers
    })
    assert.equal(
      said,
      `echo: look\n[image: cat.png, ${PNG.length} B]\n[image: b.jpg (not available: the server did not give it out)]\n` +
        '[file: c.txt (not available: its address is not allowed)]',
    )
    return { lost: 0, doubled: 0 }
  },
)

const silentFile = quick(
  'D49',
  'a file that never comes: its chat waits for its bound, other chats do not',
  async world => {
    const scene = await world.scene({ top: { media: { download_s: 3 } } })
    const { box, start } = scene
    await start().connected()
    await box.fault('download_silent')
    await box.say({ ...ALICE, text: 'look', attachments: [await hosted(scene, 'cat.png', 'image/png', PNG)] })
    const others = ledgerOf(box)
    await others.say({ person: 'Bob' })
    const even = await others.even()
    assert.deepEqual(await answersTo(scene), [])
    const [late] = await eventually('the late answer', ANSWER_MS, async () => {
      const answers = await answersTo(scene)
      return answers.length > 0 && answers
    })
    assert.equal(late, 'echo: look\n[image: cat.png (not available: it took too long)]')
    return even
  },
)

const voice = sent(
  'D51',
  'voice with the platform’s transcript, and without: words, or a clear placeholder',
  async scene => {
    const amr = Buffer.from('#!AMR\nx')
    const heard = await hosted(scene, 'a.amr', 'voice', amr, { asr_refer_text: 'what is on tomorrow' })
    await scene.box.say({ ...ALICE, text: '', attachments: [heard, await hosted(scene, 'b.amr', 'voice', amr)] })
    const [said] = await eventually('an answer', ANSWER_MS, async () => {
      const answers = await answersTo(scene)
      return answers.length > 0 && answers
    })
    assert.match(said ?? '', /^echo: what is on tomorrow\n\[voice: b\.amr \(.+\)\]$/)
    return { lost: 0, doubled: 0 }
  },
)

const typing = quick('E71', 'a long turn: typing is seen, and the answer keeps its place', async world => {
  const agent = await startOpenAiServer()
  cleanUp(world.t, () => agent.stop())
  const { box, start } = await world.scene({ agent: { type: 'openai', base_url: agent.baseUrl, model: 'test' } })
  await start().connected()
  const over = Promise.withResolvers<void>()
  agent.script(async exchange => {
    await over.promise
    exchange.delta('at last')
    exchange.finish()
    exchange.done()
  })
  const { id } = await box.say({ ...ALICE, text: 'think' })
  await eventually('typing', ANSWER_MS, async () => (await box.log({ kinds: ['typing'] })).length > 0)
  over.resolve()
  await eventually('the answer', ANSWER_MS, async () => (await box.answers(ALICE)).some(one => one.text === 'at last'))
  const seqs = (await box.replies(id))?.seqs ?? []
  assert.equal(new Set(seqs).size, seqs.length, 'no number is used twice')
  return { lost: 0, doubled: 0, note: `${seqs.length - 1} place for typing, one for the answer` }
})

/** A picture in the answer, and one thing that goes wrong on its way. */
function pictureOut(title: string, fault: FaultName | FaultSpec | undefined): Row {
  return sent('E72', title, async ({ box, home }) => {
    const folder = join(home, 'media/out')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'a.png'), PNG)
    if (fault !== undefined) await box.fault(fault, { times: 1 })
    await box.say({ ...ALICE, text: 'here:\nMEDIA:a.png\nMEDIA:/etc/passwd' })
    const shown = await eventually('words, picture and refusal', 40_000, async () => {
      const answers = await box.answers(ALICE)
      return answers.length >= 3 && answers
    })
    assert.deepEqual(
      shown.map(({ text, form }) => [text.trim(), form]),
      [
        ['echo: here:', 'text'],
        ['', 'media'],
        ['(The file “passwd” may not be sent.)', 'text'],
      ],
    )
    return { lost: 0, doubled: 0 }
  })
}

export const files: readonly Row[] = [
  picturesIn,
  silentFile,
  voice,
  typing,
  pictureOut('a picture in the answer arrives in its place, a file of the machine is refused by its name', undefined),
  pictureOut('the same where the upload fails once with 500', 'upload_500'),
]
