/** A program behind a `command` agent: does what the first word of the text says, with one JSON line in. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const [line = ''] = await new Promise<string[]>(resolve => {
  createInterface({ input: process.stdin }).once('line', read => resolve([read]))
})
const asked = JSON.parse(line)
const [word = ''] = String(asked.text).split(' ')
const event = (said: object): void => void process.stdout.write(`${JSON.stringify(said)}\n`)

switch (word) {
  case 'asked':
    process.stdout.write(line)
    break
  case 'events':
    event({ text: 'one ' })
    event({ note: 'thinking', unknown: true })
    event({ media: { kind: 'image', path: '/tmp/x/cat.png' }, caption: 'a cat' })
    event({ media: { url: 'https://example.org/a/dog.jpg?x=1' } })
    event({ usage: { input_tokens: 3, output_tokens: 4 } })
    event({ text: 'two' })
    break
  case 'error':
    event({ error: { message: 'the model\nis away' } })
    break
  case 'garbage':
    process.stdout.write('no json\n')
    break
  case 'fail':
    process.stdout.write('half an ans')
    process.stderr.write('first\nit burns\n')
    process.exitCode = 3
    break
  case 'hang':
    process.stdout.write(`${process.pid} ${spawn('sleep', ['1000'], { stdio: 'ignore' }).pid}\n`)
    process.on('SIGTERM', () => {})
    setInterval(() => {}, 1000)
    break
  case 'leave': {
    const left = spawn('sleep', ['1000'], { stdio: 'ignore' })
    left.unref()
    process.stdout.write(`${left.pid}`)
    break
  }
  case 'flood':
    for (let count = 0; count < 200; count++) process.stdout.write('x'.repeat(1000))
    break
  case 'slow':
    setTimeout(() => process.stdout.write(`${Date.now()}`), 300)
    break
  case 'quiet':
    break
  default:
    process.stdout.write(`heard ${asked.text}\n\n`)
}
