/** Reads the text format of Prometheus, 0.0.4, and fails on whatever its grammar does not allow. */
import assert from 'node:assert/strict'

export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/
const NUMBER = /^([+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|NaN|[+-]Inf)$/

export function readPrometheus(text: string): readonly Series[] {
  assert.ok(text.endsWith('\n'), 'the last line has an end')
  const series: Series[] = []
  const done = new Set<string>()
  const seen = new Set<string>()
  let current = ''
  let help = ''
  let isHistogram = false
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (word === 'HELP') {
      assert.match(name, NAME)
      assert.ok(!done.has(name), `${name} comes in one group`)
      done.add(name)
      help = name
      assert.doesNotMatch(rest.replaceAll(/\\[\\n]/g, ''), /\\/)
    } else if (word === 'TYPE') {
      assert.equal(name, help, 'the type follows the help')
      assert.match(rest, /^(gauge|counter|histogram)$/)
      assert.equal(rest === 'counter', name.endsWith('_total'), `${name} is a ${rest}`)
      current = name
      isHistogram = rest === 'histogram'
    } else {
      const sample = readSample(line)
      const bare: string = isHistogram ? sample.name.replace(/_(bucket|sum|count)$/, '') : sample.name
      assert.equal(bare, current, 'a sample stands below its type')
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()])
      assert.ok(!seen.has(key), `${key} comes once`)
      seen.add(key)
      series.push(sample)
    }
  }
  return series
}

function readSample(line: string): Series {
  const at = line.lastIndexOf(' ')
  const [head, number] = [line.slice(0, at), line.slice(at + 1)]
  assert.match(number, NUMBER, line)
  const [, name = '', inside = ''] = /^([^{]+)(?:\{(.*)\})?$/.exec(head) ?? []
  assert.match(name, NAME, line)
  const labels: Record<string, string> = {}
  let left = inside
  while (left !== '') {
    const found = LABEL.exec(left)
    assert.ok(found?.[1], `a label in ${line}`)
    assert.ok(!(found[1] in labels))
    labels[found[1]] = (found[2] ?? '').replaceAll(/\\(.)/g, (_all, char: string) => (char === 'n' ? '\n' : char))
    left = left.slice(found[0].length)
  }
  return { name, labels, value: Number(number.replace('Inf', 'Infinity')) }
}

/** The value of the one series with exactly these labels. */
export function sampleOf(series: readonly Series[], name: string, labels: Readonly<Record<string, string>>) {
  const wanted = JSON.stringify(Object.entries(labels).sort())
  return series.find(one => one.name === name && JSON.stringify(Object.entries(one.labels).sort()) === wanted)?.value
}
