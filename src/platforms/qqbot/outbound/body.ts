/** A post as the platform's calls want it: where it goes, and what is in it. Pure. */
import type { ChatAddress, ChatKind, Outgoing, ReplyTarget, StreamPlace } from '../../platform.ts'
import { keyboardOf } from './keyboard.ts'

const FOLDERS: Readonly<Record<ChatKind, string>> = {
  c2c: '/v2/users',
  group: '/v2/groups',
  channel: '/channels',
  dm: '/dms',
}
const TEXT = 0
const MARKDOWN = 2
const TYPING = 6
const MEDIA = 7
const GENERATING = 1
const FINISHED = 10
/** The longest that the platform shows it. */
export const TYPING_SECONDS = 60

export function isGuild(kind: ChatKind): boolean {
  return kind === 'channel' || kind === 'dm'
}

export function folderOf({ kind, id }: ChatAddress): string {
  return `${FOLDERS[kind]}/${encodeURIComponent(id)}`
}

/** The whole text so far each time: what is lost on the way then heals with the next frame. */
export function frameOf({ text, form, reply }: Outgoing, { id, index, open }: StreamPlace): object {
  return {
    input_mode: 'replace',
    input_state: open ? GENERATING : FINISHED,
    index,
    content_type: form === 'markdown' ? 'markdown' : 'text',
    content_raw: text,
    ...(reply ? { [reply.via]: reply.id, msg_seq: reply.seq } : {}),
    ...(id === undefined ? {} : { stream_msg_id: id }),
  }
}

export function typingOf(reply: ReplyTarget & { readonly seq: number }): object {
  return {
    msg_type: TYPING,
    input_notify: { input_type: 1, input_second: TYPING_SECONDS },
    [reply.via]: reply.id,
    msg_seq: reply.seq,
  }
}

/** A text whose links are to be harmless comes so from delivery; here it is sent as it is. */
export function bodyOf(outgoing: Outgoing, fileInfo: string | undefined): object {
  const { chat, reply } = outgoing
  const target = reply ? { [reply.via]: reply.id } : {}
  if (isGuild(chat.kind)) return { ...guildWords(outgoing), ...quoteOf(outgoing), ...target }
  return { ...words(outgoing, fileInfo), ...quoteOf(outgoing), ...target, ...(reply ? { msg_seq: reply.seq } : {}) }
}

function words({ chat, text, form, extras }: Outgoing, fileInfo: string | undefined): object {
  if (fileInfo !== undefined)
    return { msg_type: MEDIA, media: { file_info: fileInfo }, content: text === '' ? ' ' : text }
  const keyboard = extras?.keyboard && keyboardOf(extras.keyboard, chat.kind)
  // Buttons hang on Markdown alone.
  if (keyboard) return { msg_type: MARKDOWN, markdown: { content: text }, keyboard }
  return form === 'markdown' ? { msg_type: MARKDOWN, markdown: { content: text } } : { msg_type: TEXT, content: text }
}

function guildWords({ chat, text, form, extras }: Outgoing): object {
  const source = extras?.media?.source
  const image = source && 'url' in source ? { image: source.url } : {}
  const keyboard = extras?.keyboard && keyboardOf(extras.keyboard, chat.kind)
  if (keyboard) return { markdown: { content: text }, keyboard }
  return { ...(form === 'markdown' ? { markdown: { content: text } } : { content: escaped(text) }), ...image }
}

function quoteOf({ chat, extras }: Outgoing): object {
  if (extras?.quote === undefined) return {}
  const lenient = isGuild(chat.kind) ? { ignore_get_message_error: true } : {}
  return { message_reference: { message_id: extras.quote, ...lenient } }
}

/** Guilds take these for markup, and write them back when they show the text. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
