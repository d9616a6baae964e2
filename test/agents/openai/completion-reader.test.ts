import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CompletionEvent, createCompletionReader } from '../../../src/agents/openai/completion-reader.ts'

const BOUNDS = { answerChars: 1000 }

function readAll(pieces: readonly string[], bounds = BOUNDS): readonly CompletionEvent[] {
  const reader = createCompletionReader(bounds)
  return [...pieces.flatMap(piece => reader.push(piece)), ...reader.end()]
}

const textOf = (events: readonly CompletionEvent[]): string =>
  events.map(event => (event.kind === 'text' ? event.text : '')).join('')

const delta = (content: unknown, reason: string | null = null): string =>
  JSON.stringify({ choices: [{ delta: { content }, finish_reason: reason }] })
const data = (...chunks: readonly string[]): string => chunks.map(chunk => `data: ${chunk}\n\n`).join('')

const STREAMS: Readonly<Record<string, string>> = {
  'as OpenAI writes it': data(delta(''), delta('你好'), delta(', w'), delta('orld', 'stop'), '[DONE]'),
  'with CRLF': data(delta('你好'), delta(', world', 'stop'), '[DONE]').replaceAll('\n', '\r\n'),
  'with CR alone': data(delta('你好'), delta(', world', 'stop'), '[DONE]').replaceAll('\n', '\r'),
  'with comments, names, ids and a retry': `: hello\n\nevent: message\nid: 7\nretry: 10\n${data(delta('你好'))}: still here\n\n\n${data(delta(', world'), '[DONE]')}`,
  'without a space, and without empty lines': `data:${delta('你好')}\ndata:${delta(', world')}\ndata:[DONE]\n`,
  'with JSON over several lines': `data: {"choices":\ndata: [{"delta":{"content":"你好, world"}}]}\n\ndata: [DONE]\n\n`,
  'without [DONE]': data(delta('你好'), delta(', world'), delta('', 'stop')),
  'without the last line end': `${data(delta('你好'), delta(', world'))}data: [DONE]`,
  'with a byte order mark': `\uFEFF${data(delta('你好, world'), '[DONE]')}`,
  'in parts': data(
    delta([
      { type: 'text', text: '你好' },
      { type: 'text', text: ', world' },
    ]),
    '[DONE]',
  ),
  'not streamed': JSON.stringify(
    { choices: [{ message: { content: '你好, world' }, finish_reason: 'stop' }] },
    null,
    2,
  ),
  'not streamed, after white space': `\n\n ${JSON.stringify({ choices: [{ message: { content: '你好, world' } }] })}\n`,
}

for (const [name, stream] of Object.entries(STREAMS)) {
  test(`an answer ${name} is read, wherever it is cut`, () => {
    assert.equal(textOf(readAll([stream])), '你好, world')
    assert.equal(textOf(readAll([...stream])), '你好, world', 'character by character')
    for (let at = 0; at <= stream.length; at++) {
      assert.equal(textOf(readAll([stream.slice(0, at), stream.slice(at)])), '你好, world', `cut at ${at}`)
    }
  })
}

test('an answer is told as it arrives, not at its end', () => {
  const reader = createCompletionReader(BOUNDS)
  assert.deepEqual(reader.push(`data: ${delta('a')}\n`), [{ kind: 'text', text: 'a' }])
  assert.equal(reader.complete, false)
  reader.push('\ndata: [DONE]\n')
  assert.equal(reader.complete, true)
})

test('the count of tokens comes once, at the end', () => {
  const counted = (tokens: number) =>
    JSON.stringify({ choices: [], usage: { prompt_tokens: 3, completion_tokens: tokens } })
  const events = readAll([data(delta('a'), counted(1), delta('b', 'stop'), counted(2), '[DONE]')])
  assert.deepEqual(events.at(-1), { kind: 'usage', inputTokens: 3, outputTokens: 2 })
  assert.equal(events.filter(event => event.kind === 'usage').length, 1)
})

test('reasoning is not for the chat, in whatever form a server gives it', () => {
  const thought = JSON.stringify({ choices: [{ delta: { reasoning_content: 'hm' } }] })
  const events = readAll([data(thought, delta('<think>so</think>yes'), '[DONE]')])
  assert.deepEqual(events[0], { kind: 'thought' })
  assert.equal(textOf(events), 'yes')
})

const THOUGHTS: readonly [name: string, said: string, left: string][] = [
  ['a thought before the answer', '<think>so\n</think>\n\nyes', '\n\nyes'],
  ['several, under several names', ' <Thinking>a</thinking>\n<reasoning>b</REASONING>yes', 'yes'],
  ['a tag inside a thought', '<think>an <answer> with </thin and <think></think>yes', 'yes'],
  ['letters that grow in lower case', '<think>İİİİ</think>yes', 'yes'],
  ['a tag that is spoken of', 'write `<think>x</think>` there', 'write `<think>x</think>` there'],
  ['what only begins like one', '<thimble> yes', '<thimble> yes'],
  ['what could still become one', '<thin', '<thin'],
]

for (const [name, said, left] of THOUGHTS) {
  test(`thinking aloud, however it is cut: ${name}`, () => {
    for (let size = 1; size <= said.length; size++) {
      const pieces = said.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? []
      const events = readAll([data(...pieces.map(piece => delta(piece)), delta('', 'stop'), '[DONE]')])
      assert.equal(textOf(events), left, `${size} at a time`)
    }
  })
}

test('a thought without an end, and one without an answer, are no answer', () => {
  for (const said of ['<think>for ever', '<think>hm</think> \n'])
    assert.throws(() => readAll([data(delta(said, 'stop'), '[DONE]')]), { code: 'agent_empty' })
})

const call = (...pieces: object[]): string => JSON.stringify({ choices: [{ delta: { tool_calls: pieces } }] })

test('tool calls are put together from their pieces, beside words, and come last', () => {
  const events = readAll([
    data(
      delta('Let me see.'),
      call({ index: 0, id: 'a', function: { name: 'read', arguments: '' } }),
      call({ index: 0, function: { arguments: '{"path":' } }),
      call({ index: 1, id: 'b', function: { name: 'list', arguments: '{}' } }),
      call({ index: 0, function: { arguments: '"x"}' } }),
      delta('', 'tool_calls'),
      '[DONE]',
    ),
  ])
  assert.equal(textOf(events), 'Let me see.')
  assert.deepEqual(events.at(-1), {
    kind: 'calls',
    calls: [
      { id: 'a', name: 'read', input: '{"path":"x"}' },
      { id: 'b', name: 'list', input: '{}' },
    ],
  })
})

const LOOSE: readonly [name: string, pieces: readonly object[]][] = [
  [
    'without numbers',
    [
      { id: 'a', function: { name: 'one', arguments: '{}' } },
      { id: 'b', function: { name: 'two' } },
    ],
  ],
  [
    'all numbered 0',
    [
      { index: 0, id: 'a', function: { name: 'one', arguments: '{}' } },
      { index: 0, id: 'b', function: { name: 'two' } },
    ],
  ],
  [
    'with arguments that are no text',
    [
      { index: 0, id: 'a', function: { name: 'one', arguments: {} } },
      { index: 1, id: 'b', function: { name: 'two' } },
    ],
  ],
]

for (const [name, pieces] of LOOSE) {
  test(`tool calls of servers that are less exact: ${name}`, () => {
    const events = readAll([data(...pieces.map(piece => call(piece)), delta('', 'tool_calls'), '[DONE]')])
    assert.deepEqual(events.at(-1), {
      kind: 'calls',
      calls: [
        { id: 'a', name: 'one', input: '{}' },
        { id: 'b', name: 'two', input: '' },
      ],
    })
  })
}

const FAILURES: readonly [name: string, pieces: readonly string[], code: string, message: RegExp][] = [
  ['half an answer', [data(delta('half an'))], 'agent_broken', /broke off/],
  ['half an event', [data(delta('half an')), 'data: {"choices": [{"del'], 'agent_broken', /broke off/],
  ['a web page', ['<html><body>502</body></html>'], 'agent_broken', /no chat completion/],
  ['an event that is not JSON', [data('{oops')], 'agent_broken', /not JSON/],
  ['half of plain JSON', ['{"choices": [{"mess'], 'agent_broken', /broken/],
  ['an error in the stream', [data(delta('a'), '{"error":{"message":"overloaded"}}')], 'agent_broken', /overloaded/],
  ['an error as plain JSON', ['{"error":"no such model"}'], 'agent_broken', /no such model/],
  ['nothing at all', [], 'agent_empty', /without any text/],
  ['white space', [' \n\n'], 'agent_empty', /without any text/],
  ['a stream without a word', [data(delta('', 'stop'), '[DONE]')], 'agent_empty', /without any text/],
  ['only blanks', [data(delta(' \n'), '[DONE]')], 'agent_empty', /without any text/],
  ['only reasoning', [data('{"choices":[{"delta":{"reasoning":"hm"}}]}', '[DONE]')], 'agent_empty', /without any text/],
  ['too much text', [data(delta('x'.repeat(600)), delta('x'.repeat(600)))], 'agent_too_long', /1000/],
  ['too much plain JSON', [`{"choices":"${'x'.repeat(100_000)}`], 'agent_too_long', /1000/],
  ['a line without end', [`data: ${'x'.repeat(100_000)}`], 'agent_too_long', /1000/],
  [
    'a call without a name',
    [data(call({ index: 0, id: 'a' }), delta('', 'tool_calls'))],
    'agent_broken',
    /without a name/,
  ],
  ['a call of a wild number', [data(call({ index: 1e9, id: 'a' }))], 'agent_broken', /wrongly/],
  [
    'a call without end',
    [data(...Array.from({ length: 50 }, () => call({ index: 0, function: { arguments: 'x'.repeat(50) } })))],
    'agent_too_long',
    /1000/,
  ],
  ['data lines without end', ['data: {\n'.repeat(200)], 'agent_broken', /not JSON/],
]

for (const [name, pieces, code, message] of FAILURES) {
  test(`${name} is a failure, not an answer`, () => {
    assert.throws(() => readAll(pieces), { name: 'AgentError', code, message })
  })
}

test('an endless answer fails at the bound, long before its end', () => {
  const reader = createCompletionReader(BOUNDS)
  let pushed = 0
  assert.throws(
    () => {
      for (; pushed < 100; pushed++) reader.push(data(delta('x'.repeat(100))))
    },
    { code: 'agent_too_long' },
  )
  assert.equal(pushed, 10)
})
