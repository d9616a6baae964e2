/** One try of one post: the right address, the right body, and what the answer means. No retries here. */
import type {
  AdapterWorld,
  Outgoing,
  OutgoingMedia,
  PlatformAdapter,
  SendOutcome,
  StreamPlace,
} from '../../platform.ts'
import type { Api, ApiCall, ApiReply } from '../rest/api.ts'
import { formOf } from '../rest/form.ts'
import type { TokenSource } from '../rest/token.ts'
import { bodyOf, folderOf, frameOf, isGuild, typingOf } from './body.ts'
import { cut, detailOf, isNew, judgeFrame, judgePost, judgeTyping } from './judge.ts'
import { mayBeTheAddress, mediaRefused } from './upload-answer.ts'
import type { Uploaded, Uploads } from './uploads.ts'

const FILE_UNKNOWN = '304080'
/** Not granted to this bot, for a stream. */
const NO_STREAMS = 11253
const TOO_LARGE = 413
/** For a post that carries a picture. */
const FORM_MS = 120_000

export function createOutbound(
  world: Pick<AdapterWorld, 'observe'>,
  api: Api,
  token: Pick<TokenSource, 'drop'>,
  uploads?: Uploads,
): Required<Pick<PlatformAdapter, 'send' | 'typing'>> {
  const note = (reply: ApiReply, outcome: SendOutcome): SendOutcome => {
    if (outcome.kind === 'accepted') world.observe({ kind: 'send_accepted' })
    if (reply.kind !== 'answered') return outcome
    if (outcome.kind === 'token_refused') token.drop(reply.token)
    if (isNew(reply, outcome)) {
      const { status, code, message } = reply
      const sample = message === undefined ? {} : { sample: cut(message) }
      world.observe({
        kind: 'unknown',
        what: 'error_code',
        name: code === undefined ? `http_${status}` : String(code),
        ...sample,
      })
    }
    return outcome
  }
  const postsTo = ({ chat }: Outgoing, content: Pick<ApiCall, 'body' | 'form' | 'timeoutMs'>): ApiCall => ({
    method: 'POST',
    path: `${folderOf(chat)}/messages`,
    ...content,
  })
  /** Where the message is refused for good, its words alone may pass. */
  const judge = (reply: ApiReply, outgoing: Outgoing): SendOutcome => {
    const outcome = note(reply, judgePost(reply, outgoing))
    return outcome.kind === 'refused' && outgoing.extras?.media ? mediaRefused(detailOf(reply, false)) : outcome
  }
  const post = async (outgoing: Outgoing, file: Uploaded | undefined, signal: AbortSignal): Promise<SendOutcome> => {
    const shown = file?.kind === 'ready' ? file : undefined
    const reply = await api.call(postsTo(outgoing, { body: bodyOf(outgoing, shown?.fileInfo) }), signal)
    const outcome = judge(reply, outgoing)
    if (outcome.code !== FILE_UNKNOWN || shown?.fromCache !== true) return outcome
    uploads?.forget(shown.fileInfo)
    return { ...detailOf(reply, false), kind: 'busy', retryAfterMs: 0 }
  }

  /** A guild takes a picture as a part of the message itself: by its address, else as bytes. Nothing is shown by what is refused. */
  const postInGuild = async (
    outgoing: Outgoing,
    media: OutgoingMedia,
    { picture }: Uploads,
    signal: AbortSignal,
  ): Promise<SendOutcome> => {
    if (media.kind !== 'image') return notInGuilds
    if ('url' in media.source) {
      const reply = await api.call(postsTo(outgoing, { body: bodyOf(outgoing, undefined) }), signal)
      if (!mayBeTheAddress(reply)) return judge(reply, outgoing)
    }
    const opened = await picture(media, signal)
    if (opened.kind === 'failed') return opened.outcome
    const form = formOf(bodyOf(withoutMedia(outgoing), undefined), opened.file)
    const reply = await api.call(postsTo(outgoing, { form, timeoutMs: FORM_MS }), signal)
    const outcome = judge(reply, outgoing)
    return outcome.status === TOO_LARGE ? mediaRefused(detailOf(reply, false)) : outcome
  }

  let streamsRefused = false
  const noteStreams = (refused: boolean): void => {
    if (refused === streamsRefused) return
    streamsRefused = refused
    const message = refused ? 'not granted to this bot; answers come as whole messages' : null
    world.observe({ kind: 'limited', what: 'streaming', message })
  }
  const frame = async (outgoing: Outgoing, stream: StreamPlace, signal: AbortSignal): Promise<SendOutcome> => {
    const path = `${folderOf(outgoing.chat)}/stream_messages`
    const reply = await api.call({ method: 'POST', path, body: frameOf(outgoing, stream) }, signal)
    const outcome = judgeFrame(reply, outgoing)
    const code = reply.kind === 'answered' ? reply.code : undefined
    if (code === NO_STREAMS || outcome.kind === 'accepted') noteStreams(code === NO_STREAMS)
    return note(reply, outcome)
  }

  const typing: PlatformAdapter['typing'] = async (chat, target, signal) => {
    const shown: Outgoing = { chat, text: '', form: 'plain', reply: target }
    const reply = await api.call(postsTo(shown, { body: typingOf(target) }), signal)
    const outcome = judgeTyping(reply, shown)
    if (outcome.kind === 'token_refused' && reply.kind === 'answered') token.drop(reply.token)
    return outcome
  }

  const send: PlatformAdapter['send'] = async (outgoing, signal) => {
    const { chat, extras } = outgoing
    if (extras?.stream !== undefined) return frame(outgoing, extras.stream, signal)
    if (extras?.media === undefined) return post(outgoing, undefined, signal)
    if (!uploads) return mediaRefused({ code: 'no_media', message: 'files are not set up' })
    if (isGuild(chat.kind)) return postInGuild(outgoing, extras.media, uploads, signal)
    const file = await uploads.upload(chat, folderOf(chat), extras.media, signal)
    if (file.kind === 'ready') return post(outgoing, file, signal)
    return file.reply ? note(file.reply, file.outcome) : file.outcome
  }
  return { send, typing }
}

const notInGuilds = mediaRefused({ code: 'guild_file', message: 'a guild takes pictures alone' })

function withoutMedia({ extras, ...outgoing }: Outgoing): Outgoing {
  const { media: _, ...others } = extras ?? {}
  return { ...outgoing, extras: others }
}
