import { isRecord } from '../../../lib/json.ts'

/** A picture of a guild's message. */
export interface Picture {
  readonly name: string
  readonly source: { readonly url: string } | { readonly bytes: Uint8Array }
}

/** A send request, read without trust. */
export interface SendBody {
  readonly type: number
  readonly content: string | undefined
  readonly markdown: Readonly<Record<string, unknown>> | undefined
  readonly keyboard: unknown
  readonly fileInfo: string | undefined
  readonly picture: Picture | undefined
  readonly ark: unknown
  readonly msgId: string | undefined
  readonly eventId: string | undefined
  readonly seq: number
  readonly quoteRef: string | undefined
  readonly inputSeconds: number | undefined
  readonly wakeup: boolean
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

export function readSend(body: Readonly<Record<string, unknown>>): SendBody {
  const {
    msg_type: type,
    msg_seq: seq,
    content,
    markdown,
    media,
    message_reference: reference,
    input_notify: notify,
  } = body
  return {
    type: typeof type === 'number' ? type : type === undefined ? 0 : Number.NaN,
    content: typeof content === 'string' ? content : undefined,
    markdown: isRecord(markdown) ? markdown : undefined,
    keyboard: body['keyboard'] ?? undefined,
    fileInfo: isRecord(media) ? text(media['file_info']) : undefined,
    picture: pictureIn(body),
    ark: body['ark'] ?? undefined,
    msgId: text(body['msg_id']),
    eventId: text(body['event_id']),
    // An absent number and 0 are the same on the wire, and both mean the first reply.
    seq: typeof seq === 'number' && seq !== 0 ? seq : 1,
    quoteRef: isRecord(reference) ? text(reference['message_id']) : undefined,
    inputSeconds: isRecord(notify) && typeof notify['input_second'] === 'number' ? notify['input_second'] : undefined,
    wakeup: body['is_wakeup'] === true,
  }
}

function pictureIn({ image, file_image: file }: Readonly<Record<string, unknown>>): Picture | undefined {
  const url = text(image)
  if (url !== undefined) return { name: url.split(/[?#]/)[0]?.split('/').at(-1) || 'picture', source: { url } }
  return isRecord(file) && file['bytes'] instanceof Uint8Array
    ? { name: text(file['name']) ?? 'picture', source: { bytes: file['bytes'] } }
    : undefined
}

/** What a person would read: the text, or the Markdown's source. */
export function visibleText(body: SendBody): string {
  const markdown = body.markdown?.['content']
  return typeof markdown === 'string' ? markdown : (body.content ?? '')
}

const LINK = /(?:https?:\/\/[^\s)\]>"']+)|(?:(?<![\w@.-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?![\w-]))/giu

/** Everything that the platform takes for a link, bare words such as `1.sh` included. */
export function linksIn(words: string): string[] {
  return words.match(LINK) ?? []
}

export function hostOfLink(link: string): string {
  return link
    .replace(/^https?:\/\//i, '')
    .replace(/[/?#:].*$/, '')
    .toLowerCase()
}

export function keyboardTooBig(keyboard: unknown): boolean {
  const content = isRecord(keyboard) ? keyboard['content'] : undefined
  const rows = isRecord(content) ? content['rows'] : undefined
  if (!Array.isArray(rows)) return false
  return (
    rows.length > 5 || rows.some(row => isRecord(row) && Array.isArray(row['buttons']) && row['buttons'].length > 5)
  )
}
