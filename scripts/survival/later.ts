/** Rows that no real process shows, and why. */
export const LATER: readonly (readonly [rows: string, why: string])[] = [
  ['C32, 3 hours', 'an outage of hours takes hours; the shorter one is above, the long one runs on the virtual clock'],
  ['D39, 10 hours later', 'the window of the keys is kept on the virtual clock'],
  ['D49–D51', 'attachments that come in: no row with real processes yet'],
  ['E66', 'guild channels and guild private chats: their intents are not asked for unless they are set; no row yet'],
  [
    'E71–E73',
    'typing and files: tested in their rooms (`test/delivery`, `test/platforms/qqbot`), no row with real processes yet',
  ],
  ['F', 'buttons: tested in their rooms, no row with real processes yet'],
  [
    'H88',
    'a life that returns, throws, hangs or falls silent: with an adapter that can be told to (`test/gateway/lives.test.ts`); what a process can show is C33',
  ],
  ['H89', 'alerts: no row with real processes yet'],
  ['I96', 'the soak is a run of its own'],
]
