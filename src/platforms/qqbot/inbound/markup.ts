/** The markup in what people write: mentions, faces, and the escapes of guilds. Pure. */
import { parseJson } from '../../../lib/json.ts'
import { idOf, oneLine, record, records, words } from './read-json.ts'

const LONGEST_NAME = 64
/**
 * One pass over everything, so that what one piece turns into is never read again. `<@id>`, `<@!id>` with the space after
 * it; `<faceType=1,faceId="277",ext="…">`; `&amp;`.
 */
const MARKUP = /<@!?([^<>\s]{1,128})>( ?)|<faceType=(\d{1,4})((?:,\w{1,32}="[^"]{0,4096}")*)>|&(amp|lt|gt);/g
const FACE_MEMBER = /,(\w+)="([^"]*)"/g
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>' }

export interface Mentions {
  /** The bot itself is among them, by name and not as one of all. */
  readonly self: boolean
  readonly ownIds: ReadonlySet<string>
  readonly names: ReadonlyMap<string, string>
}

/** `self`: the bot's id as READY gave it. In groups it has another one, which only the mention tells. */
export function readMentions(value: unknown, self: string | undefined): Mentions {
  const ownIds = new Set(self === undefined ? [] : [self])
  const names = new Map<string, string>()
  let mentioned = false
  for (const entry of records(value)) {
    if (entry['scope'] === 'all') continue
    const ids = [entry['id'], entry['member_openid'], entry['user_openid']].flatMap(id => idOf(id) ?? [])
    const isSelf = ids.length > 0 && (entry['is_you'] === true || ids.some(id => id === self))
    const name = oneLine(words(entry['username']) ?? '', LONGEST_NAME)
    if (isSelf) mentioned = true
    for (const id of ids) {
      if (isSelf) ownIds.add(id)
      else if (name !== '') names.set(id, name)
    }
  }
  return { self: mentioned, ownIds, names }
}

/** What a person would read there, without the mention of the bot, trimmed. */
export function readable(content: string, mentions: Mentions, escaped: boolean): string {
  return content
    .replaceAll(MARKUP, (whole, id?: string, space?: string, face?: string, members?: string, entity?: string) => {
      if (id !== undefined) return mention(whole, id, space ?? '', mentions)
      if (face !== undefined) return faceText(members ?? '')
      return escaped ? (ENTITIES[entity ?? ''] ?? whole) : whole
    })
    .trim()
}

function mention(whole: string, id: string, space: string, { ownIds, names }: Mentions): string {
  if (ownIds.has(id)) return ''
  if (id === 'all' || id === 'everyone') return `@all${space}`
  const name = names.get(id)
  return name === undefined ? whole : `@${name}${space}`
}

/** `[name]`, as QQ itself writes a face where it cannot draw one. */
function faceText(members: string): string {
  const given = new Map([...members.matchAll(FACE_MEMBER)].map(([, name = '', value = '']) => [name, value]))
  const ext = given.get('ext') ?? ''
  const told = ext === '' ? {} : record(parseJson(Buffer.from(ext, 'base64').toString('utf8')))
  const name = oneLine(words(told['text']) ?? '', LONGEST_NAME).replaceAll(/^\[|\]$/g, '')
  if (name !== '') return `[${name}]`
  const id = given.get('faceId') ?? ''
  return id === '' ? '[face]' : `[face ${oneLine(id, LONGEST_NAME)}]`
}
