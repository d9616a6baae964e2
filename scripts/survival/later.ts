/** Rows that no real process shows, and why. */
export const LATER: readonly (readonly [rows: string, why: string])[] = [
  ['C32, 3 hours', 'an outage of hours takes hours; the shorter one is above, the long one runs on the virtual clock'],
  ['D39, 10 hours later', 'the window of the keys is kept on the virtual clock'],
  ['D40', 'kill -9 between receipt and completion: I95 and J107'],
  ['D50', 'whether a request for a file carries a credential: `test/media/receive.test.ts` looks at its headers'],
  [
    'E66',
    'guild channels and guild private chats: no setting of a user asks for them; `test/platforms/qqbot/inbound/messages.test.ts`',
  ],
  [
    'E73',
    'an address that the platform does not fetch must be a public one: `test/platforms/qqbot/outbound/media.test.ts`',
  ],
  [
    'F',
    'buttons: over real sockets, in `test/platforms/qqbot/inbound/clicks.test.ts` and `test/delivery/outcomes/extras.test.ts`',
  ],
  [
    'H88',
    'a life that returns, throws, hangs or falls silent: with an adapter that can be told to (`test/gateway/lives/lives.test.ts`); what a process can show is C33',
  ],
  ['H89, a hundred flaps', 'alerts are damped over an hour, on the virtual clock: `test/alerts/damper.test.ts`'],
  [
    'H90',
    'twenty-four hours of ACKs, on the virtual clock: `test/gateway/lives/lives.test.ts`; three hundred beats are B17',
  ],
  ['I96', '[the soak](soak.md) is a run of its own: `npm run soak`'],
]
