/** What outsiders may send, from well-formed to hostile; every run with fresh seeds, which a failure prints. */
import fc from 'fast-check'

/** Any text: ASCII, Chinese, emoji sequences, combining marks, control characters, and halves of surrogate pairs. */
export const anyText = (maxLength = 200): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: 'grapheme', maxLength }),
    fc.string({ unit: 'binary', maxLength }),
    fc
      .array(
        fc.constantFrom(
          '你',
          '好',
          '。',
          ' ',
          '\n',
          'a',
          '😀',
          '👨‍👩‍👧',
          'é̂',
          '\u200b',
          '\ud83d',
          '\ude00',
          '\r\n',
          '\u0000',
        ),
        {
          maxLength,
        },
      )
      .map(parts => parts.join('')),
  )

/** A word that a platform's JSON really holds, or any other. */
const memberNames = fc.constantFrom(
  'id',
  'author',
  'content',
  'user_openid',
  'member_openid',
  'group_openid',
  'channel_id',
  'guild_id',
  'attachments',
  'mentions',
  'msg_elements',
  'message_scene',
  'message_reference',
  'message_type',
  'ark_data',
  'member',
  'timestamp',
  'data',
  'resolved',
  'button_data',
  'ext',
  'url',
  'content_type',
  'filename',
  'is_you',
  'type',
)

/** JSON of the shape of a platform's payload: known members with values of every kind, some levels deep. */
export const payload: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown; members: unknown }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      anyText(30),
      fc.constantFrom('', ' ', '11', 'C2C', '<@!1>', '<faceType=1,faceId="1",ext="eyJ0ZXh0IjoiMSJ9">', 'https://x/y'),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('members'),
  ),
  members: fc.dictionary(
    fc.oneof({ weight: 9, arbitrary: memberNames }, { weight: 1, arbitrary: fc.string() }),
    tie('value'),
    {
      maxKeys: 8,
    },
  ),
})).members
