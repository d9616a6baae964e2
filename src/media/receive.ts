/**
 * What hangs on a message, brought to this machine before the agent is asked. Whatever fails, the message goes on: a part that
 * is missing says why.
 */
import { readFile, writeFile } from 'node:fs/promises'
import type { Clock } from '../lib/clock.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { RequestHttp } from '../lib/net/network.ts'
import { type Attachment, chatKey, type Inbound } from '../platforms/platform.ts'
import { openAllowed } from './allowed.ts'
import { withBound } from './fetch/bound.ts'
import { type Downloaded, type DownloadLimits, download } from './fetch/download.ts'
import type { Web } from './fetch/web.ts'
import { MediaError } from './media-error.ts'
import { extensionOf } from './names.ts'
import { extensionFor, type FileType, HEAD_BYTES, sniff } from './sniff.ts'
import { createConvert, isConvertible } from './sound/convert.ts'
import { type SpeechSettings, transcribe } from './sound/speech.ts'
import type { MediaStore } from './store.ts'

export interface ReceiveDeps {
  readonly web: Web
  readonly store: MediaStore
  readonly clock: Clock
  readonly log: Logger
  readonly request: RequestHttp
  readonly limits: DownloadLimits
  readonly speech?: SpeechSettings
  /** Those that files are sent from. */
  readonly folders: readonly string[]
}

/** Rejects only with the reason of `signal`. Never takes longer than a download and a transcription may. */
export type Receive = (message: Inbound, signal: AbortSignal) => Promise<readonly Attachment[]>

/** The most that one message may bring; the rest is named, not fetched. */
const MOST_FETCHED = 10
const SPEECH_MS = 20_000
/** What phones speak to each other, and little else plays. */
const PLAYS_NOWHERE = new Set(['audio/silk', 'audio/amr'])

interface Fetched {
  readonly file: Downloaded
  readonly type: FileType | undefined
}

export function createReceive(deps: ReceiveDeps): Receive {
  const { clock, log, store } = deps
  const convert = createConvert(clock)

  const fetchOne = async (url: string, attachment: Attachment, signal: AbortSignal): Promise<Fetched> => {
    const file = await download(deps, { url, name: attachment.name }, deps.limits, signal)
    file.keep()
    return { file, type: sniff(file.head) }
  }

  /** The converted voice first; the original where that one cannot be had. */
  const fetchAny = async (attachment: Attachment, signal: AbortSignal): Promise<Fetched> => {
    const { url, originalUrl } = attachment
    if (url === undefined) throw new MediaError('gone', 'the platform gave no address for it')
    try {
      return await fetchOne(url, attachment, signal)
    } catch (thrown) {
      if (signal.aborted || originalUrl === undefined) throw thrown
      return await fetchOne(originalUrl, attachment, signal)
    }
  }

  /** SILK and AMR lie beside their WAV, which is what is handed on. */
  const playable = async (
    { file, type }: Fetched,
    signal: AbortSignal,
  ): Promise<Pick<Attachment, 'path' | 'mediaType'>> => {
    if (!type || !PLAYS_NOWHERE.has(type.mediaType) || !isConvertible(type.mediaType, file.sizeBytes))
      return { path: file.path, ...(type ? { mediaType: type.mediaType } : {}) }
    const bytes = await convert('wav', () => readFile(file.path), signal)
    const entry = await store.begin('voice.wav')
    try {
      entry.grow(bytes.length)
      await writeFile(entry.path, bytes, { mode: 0o600, flag: 'wx' })
    } catch (thrown) {
      await entry.discard()
      throw thrown
    }
    entry.keep()
    return { path: entry.path, mediaType: 'audio/wav' }
  }

  const hear = async ({ path, mediaType }: Attachment, signal: AbortSignal): Promise<string> => {
    const { speech, request } = deps
    if (speech === undefined || path === undefined) return ''
    const bytes = new Uint8Array(await readFile(path))
    const name = `voice${extensionFor(mediaType) ?? extensionOf(path)}`
    const file = { name, mediaType: mediaType ?? 'application/octet-stream', bytes }
    return transcribe(speech, file, { request, mostMs: SPEECH_MS }, signal)
  }

  /** What the bot itself has sent from this machine, should it still be there. */
  const lookAt = async (attachment: Attachment, path: string): Promise<Attachment> => {
    const { handle, sizeBytes } = await openAllowed(path, deps.folders)
    try {
      const { buffer } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
      const type = sniff(buffer)
      return { ...attachment, sizeBytes, ...(type ? { mediaType: type.mediaType } : {}) }
    } finally {
      await handle.close()
    }
  }

  const receiveVoice = async (attachment: Attachment, signal: AbortSignal): Promise<Attachment> => {
    const fetched = await fetchAny(attachment, signal)
    const voice = { ...attachment, ...(await playable(fetched, signal)), sizeBytes: fetched.file.sizeBytes }
    try {
      const transcript = await hear(voice, signal)
      return transcript === '' ? voice : { ...voice, transcript }
    } catch (thrown) {
      if (signal.aborted) throw thrown
      log.warn('a voice message was not transcribed', { reason: describeError(thrown) })
      return voice
    }
  }

  const receiveOne = async (attachment: Attachment, message: Inbound, signal: AbortSignal): Promise<Attachment> => {
    // What the platform heard is as good as what we would; then the sound is not needed.
    if (attachment.kind === 'voice' && attachment.transcript !== undefined) return attachment
    try {
      if (attachment.path !== undefined) return await lookAt(attachment, attachment.path)
      return await withBound(clock, deps.limits.mostMs + SPEECH_MS, signal, async bounded => {
        if (attachment.kind === 'voice') return receiveVoice(attachment, bounded)
        const { file, type } = await fetchAny(attachment, bounded)
        const { path, sizeBytes } = file
        return { ...attachment, path, sizeBytes, ...(type ? { mediaType: type.mediaType } : {}) }
      })
    } catch (thrown) {
      if (signal.aborted) throw signal.reason
      const trouble = thrown instanceof MediaError ? thrown.code : 'no_room'
      log.warn('an attachment could not be fetched', {
        chat: chatKey(message.chat),
        message: message.id,
        kind: attachment.kind,
        trouble,
        reason: describeError(thrown),
      })
      const { path: _, ...others } = attachment
      return { ...others, trouble }
    }
  }

  return (message, signal) =>
    Promise.all(
      message.attachments.map((attachment, at) =>
        at < MOST_FETCHED
          ? receiveOne(attachment, message, signal)
          : Promise.resolve({ ...attachment, trouble: 'too_many' }),
      ),
    )
}
