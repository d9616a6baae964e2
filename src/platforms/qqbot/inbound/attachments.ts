/** What hangs on a message. Pure: nothing is fetched here. */
import type { Attachment } from '../../platform.ts'
import { idOf, oneLine, record, records, words } from './read-json.ts'

const MOST = 50
const LONGEST_NAME = 200
/** Guild attachments may come without a type. */
const BY_EXTENSION: readonly (readonly [RegExp, Attachment['kind']])[] = [
  [/\.(?:png|jpe?g|gif|webp|bmp)$/i, 'image'],
  [/\.(?:amr|silk|slk|wav|mp3|ogg|m4a)$/i, 'voice'],
  [/\.(?:mp4|mov|webm|avi|mkv)$/i, 'video'],
]

/** Those of the messages that a message quotes; what they are is also told in words beside it. */
export function readQuotedAttachments(elements: unknown): readonly Attachment[] {
  const found = records(elements).flatMap(element => readAttachments(element['attachments']))
  return found.slice(0, MOST).map(attachment => ({ ...attachment, quoted: true }))
}

/** `null`, another kind of value and entries that are none all count as nothing. */
export function readAttachments(value: unknown): readonly Attachment[] {
  return records(value).slice(0, MOST).map(readOne)
}

function readOne(entry: Readonly<Record<string, unknown>>): Attachment {
  const given = words(entry['filename']) ?? idOf(entry['id'])
  const kind = kindOf(words(entry['content_type'])?.trim().toLowerCase(), given ?? '')
  const original = httpUrl(entry['url'])
  // The original of a voice message is SILK or AMR, which next to nothing plays.
  const converted = kind === 'voice' ? httpUrl(entry['voice_wav_url']) : undefined
  const url = converted ?? original
  const sizeBytes = Number(idOf(entry['size']))
  const transcript = words(entry['asr_refer_text'])?.trim()
  return {
    kind,
    name: oneLine(given ?? kind, LONGEST_NAME) || kind,
    ...(url === undefined ? {} : { url }),
    ...(converted === undefined || original === undefined ? {} : { originalUrl: original }),
    ...(Number.isSafeInteger(sizeBytes) && sizeBytes >= 0 ? { sizeBytes } : {}),
    ...(transcript === undefined ? {} : { transcript }),
  }
}

function kindOf(type: string | undefined, name: string): Attachment['kind'] {
  if (type === undefined) return BY_EXTENSION.find(([extension]) => extension.test(name))?.[1] ?? 'file'
  if (type.startsWith('image')) return 'image'
  if (type === 'voice' || type.startsWith('audio')) return 'voice'
  return type.startsWith('video') ? 'video' : 'file'
}

/** Older payloads leave the scheme out. Anything but the web is no address that an agent should be handed. */
function httpUrl(value: unknown): string | undefined {
  const given = words(value)?.trim()
  if (given === undefined) return undefined
  const url = given.startsWith('//')
    ? `https:${given}`
    : /^[a-z][a-z0-9+.-]*:/i.test(given)
      ? given
      : `https://${given}`
  if (!/^https?:\/\//i.test(url)) return hostAndPort(given)
  return URL.canParse(url) ? url : undefined
}

/** `host:8080/path` looks as if it had a scheme. */
function hostAndPort(given: string): string | undefined {
  const url = `https://${given}`
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)+:\d/i.test(given) && URL.canParse(url) ? url : undefined
}

/** For places where only words fit, such as a quote. */
export function describeAttachments(value: unknown): readonly string[] {
  return readAttachments(value).map(({ kind, name, transcript }) =>
    transcript === undefined ? `[${kind}: ${name}]` : `[${kind}: ${transcript}]`,
  )
}

/** A shared card, where its text alone does not say what it shows. */
export function describeCard(value: unknown, content: string): readonly string[] {
  const card = record(value)
  const fields = record(card['fields'])
  const heading = words(card['ark_name']) ?? words(card['ark_type'])
  const parts = [
    card['prompt'],
    fields['title'],
    fields['desc'],
    fields['address'],
    fields['nickname'],
    fields['jump_url'],
  ]
  const lines = parts.flatMap(part => words(part)?.trim() ?? []).filter(line => !content.includes(line))
  const shown = [...new Set(lines)]
  if (content !== '' || (heading === undefined && shown.length === 0)) return shown
  return [`[card${heading === undefined ? '' : `: ${oneLine(heading, LONGEST_NAME)}`}]`, ...shown]
}
