/** What an agent tells word by word. Its number stands at its end, so that only who reads all of it has an answer. */
import { tagOf } from './tags.ts'

const FEWEST_WORDS = 12
const SPREAD = 150
/** Prime, so that neighbours differ. */
const STRIDE = 61
const ENDS = ['。', '. ', ', ', ' ', ' ', ' ']

/** The same for the same number, whoever tells it again. */
export function storyOf(tag: number): readonly string[] {
  const length = FEWEST_WORDS + ((tag * STRIDE) % SPREAD)
  const words = Array.from(
    { length },
    (_, at) => `${at % 7 === 3 ? '故事' : `word${at}`}${ENDS[(tag + at) % ENDS.length]}`,
  )
  return [`Story ${tag}: `, ...words, tagOf(tag)]
}

/** At the beginning of a line: what is held goes out together with what was held before. */
const BEGINNING = /(?<=^|\n)Story (\d+): /g

/** The numbers of the stories that begin there. */
export function beginningsIn(text: string): readonly number[] {
  return [...text.matchAll(BEGINNING)].map(([, digits]) => Number(digits))
}

/** How much of a story a message shows, and what stands behind it; undefined for what does not begin as one. */
export function readStory(tag: number, shown: string): { readonly rest: string } | undefined {
  const whole = storyOf(tag).join('')
  let same = 0
  while (same < shown.length && shown[same] === whole[same]) same += 1
  return same === 0 ? undefined : { rest: shown.slice(same) }
}
