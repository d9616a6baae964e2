/** Faults of answers that are shown while they grow. */
import type { Mutant } from './mutant.ts'

const LIVE = 'src/delivery/live'

export const STREAM_MUTANTS: readonly Mutant[] = [
  {
    what: 'a first frame that was refused is forgotten',
    file: `${LIVE}/stream.ts`,
    from: '    deps.giveUp({ ...row, inDoubt })\n',
    to: '',
  },
  {
    what: 'a first frame that a broken server may have kept is taken for refused',
    file: `${LIVE}/stream.ts`,
    from: "inDoubt = before || outcome.kind === 'unknown' || mayHaveKept(outcome)",
    to: "inDoubt = before || outcome.kind === 'unknown'",
  },
  {
    what: 'an answer begins to grow before the one that its chat waits for',
    file: `${LIVE}/stream.ts`,
    from: '(row !== undefined || !deps.isBusy(chat))',
    to: 'true',
  },
  {
    what: 'what a former process left growing is not ended',
    file: `${LIVE}/live.ts`,
    from: 'return { rows: [...others, ...ended]',
    to: 'return { rows: [...others]',
  },
  {
    what: 'the end of what was left growing does not begin with what was shown',
    file: `${LIVE}/finish.ts`,
    from: 'const text = endedWith(row.text, wordsOf(row.text).interrupted)',
    to: 'const text = wordsOf(row.text).interrupted',
  },
  {
    what: 'an answer that was seen growing comes once more, as a whole',
    file: `${LIVE}/finish.ts`,
    from: 'first.text.startsWith(text)',
    to: 'first.text === text',
  },
  {
    what: 'an answer that was seen growing comes once more, as a whole, when its window is over',
    file: `${LIVE}/showable.ts`,
    from: 'const rest = text.slice(shown.length).trim()',
    to: 'const rest = text.trim()',
  },
  {
    what: 'a last frame is sent for what the platform has ended by itself',
    file: `${LIVE}/stream.ts`,
    from: "isOver = outcome.kind === 'duplicate'",
    to: 'isOver = false',
  },
  {
    what: 'the stop of a turn leaves the end of its stream under way',
    file: `${LIVE}/stream.ts`,
    from: 'const leftMs = closedAtMs + INTERRUPT_MS - context.clock.monotonicMs()',
    to: 'const leftMs = closedAtMs - closedAtMs + INTERRUPT_MS',
  },
]
