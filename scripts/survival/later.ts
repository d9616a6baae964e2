/** Rows that no real process can show in this version, and why. */
export const LATER: readonly (readonly [rows: string, why: string])[] = [
  ['C32, 3 hours', 'an outage of hours takes hours; the shorter one is above, the long one runs on the virtual clock'],
  ['D39, 10 hours later', 'the window of the keys is kept on the virtual clock'],
  ['D49–D51', 'attachments are named in the text, and not fetched in this version'],
  ['E66', 'guild channels and guild private chats: the intents for them are not asked for in this version'],
  ['E71–E73', 'typing and media: not in this version'],
  ['F', 'buttons: not in this version'],
  [
    'H88',
    'a life that returns, throws, hangs or falls silent: with an adapter that can be told to (`test/gateway/lives.test.ts`); what a process can show is C33',
  ],
  ['H89', 'alerts: not in this version'],
  ['I96', 'the soak is a run of its own'],
]
