/**
 * Every code of the platform that may answer a post or an upload, and what it means for a reply, taken from the platform's tables and
 * from what was seen of it, not from the code under test. `media`, `markdown` …: that part of the message is refused.
 */
export type Word = keyof typeof MEANINGS

const to = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, at) => first + at)

export const MEANINGS = {
  accepted: [304023, 304024],
  token_refused: to(11241, 11244),
  busy: [
    ...[11252, 11263, 11281, 20028, 50001, 50002, 100001, 100017, 304010, 304016, 304017, 304018, 304052, 304082],
    ...[304083, 340067, 850026, 850027, 1100100, 1100300, 1100308, 1100499, 40034001, 40034004, 40054006, 40093001],
    ...[50055001, 50055002, 50055006],
  ],
  duplicate: [40006, 40054005],
  window_closed: [
    ...[22009, 304026, 304027, 304028, 304103, 40034005, 40034024, 40034025, 40034026, 40034027, 40034031, 40034128],
  ],
  no_right: [304064, 40034102, 40034105, 40034123],
  'quota_spent soon': [40034100],
  quota_spent: [304022, 304035, ...to(304045, 304050), 40034122],
  markdown: [
    ...[11293, ...to(50037, 50043), ...to(50053, 50057), 304014, 304036, ...to(40034008, 40034012), 40034124, 40034127],
  ],
  link: [304003, 40034028, 40054010],
  keyboard: [304037, ...to(304038, 304040), 304057, 305007, 40034029],
  length: [40054007, 40054018],
  content_refused: [304025, 304061, 1100101, 1100102, 1100103, 3300006, 40034006],
  chat_gone: [
    ...[...to(304031, 304034), 850018, 1100104, 1100301, 1100306, 40034101, 40054002, 40054003, 40054004, 40054013],
  ],
  refused: [
    ...[10000, 10001, 10003, 10004, 11245, 11251, 11253, 11254, 11255, 11261, 11262, 11264, 11265, 11273, 11274, 11275],
    ...[11282, 11298, 11300, ...to(11301, 11306), 11700, ...to(12001, 12003), 22006, 50006, 50035, ...to(50045, 50051)],
    ...[50059, ...to(304004, 304009), 304011, 304012, ...to(304019, 304021), 304051, 304062, 304080, 340069, 850019],
    ...[850031, ...to(1100302, 1100305), 1100307, 40007, 40023002, 40034002, 40034106, 40034108, 40034109, 40034125],
    ...[40054016, 40093002],
  ],
} as const satisfies Readonly<Record<string, readonly number[]>>

/** What one code means to a message of the bot's own accord, where that is something else. */
export const UNASKED: Readonly<Record<number, Word>> = { 40054013: 'no_right' }

/** Of an address: its bytes may be taken all the same. */
export const ADDRESS_CODES = [
  ...[304003, 304010, 304021, 304082, 304083, 850019, 850026, 850027, 40034001, 40034002, 40034004, 40034028, 40054010],
]

/** Of a file that is not what it was said to be: it may be taken as a plain file. */
export const FORMAT_CODES = [850019, 40034002]

export function eachCode(): readonly (readonly [code: number, word: Word])[] {
  return Object.entries(MEANINGS).flatMap(([word, codes]) => codes.map(code => [code, word as Word] as const))
}
/** Bytes inside of the call are not taken; in parts they may be. */
export const BODY_CODES: readonly number[] = [10000, 12002, 22006]
