/** Speech to text by any server that has OpenAI's `/audio/transcriptions`. */
import { describeError } from '../../lib/errors.ts'
import { isRecord, parseJson } from '../../lib/json.ts'
import { MediaError } from '../media-error.ts'

export interface SpeechSettings {
  /** Such as `https://api.openai.com/v1`. */
  readonly baseUrl: string
  readonly apiKey?: string
  readonly model: string
}

export interface SpokenFile {
  readonly name: string
  readonly mediaType: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

const LONGEST_ANSWER_CHARS = 64 * 1024

/** What was said, trimmed; empty where nothing was. Throws `MediaError`, or the reason of `signal`, which is the only bound. */
export async function transcribe(settings: SpeechSettings, file: SpokenFile, signal: AbortSignal): Promise<string> {
  const form = new FormData()
  form.set('model', settings.model)
  form.set('response_format', 'json')
  form.set('file', new Blob([file.bytes], { type: file.mediaType }), file.name)
  let status: number
  let body: string
  try {
    const answer = await fetch(`${settings.baseUrl}/audio/transcriptions`, {
      method: 'POST',
      // A server that sends its callers elsewhere would be handed the key there.
      redirect: 'error',
      headers: settings.apiKey === undefined ? {} : { authorization: `Bearer ${settings.apiKey}` },
      body: form,
      signal,
    })
    status = answer.status
    body = (await answer.text()).slice(0, LONGEST_ANSWER_CHARS)
  } catch (thrown) {
    if (signal.aborted) throw signal.reason
    throw new MediaError('unreachable', `the transcription server: ${describeError(thrown)}`, { cause: thrown })
  }
  if (status !== 200) throw new MediaError('http_status', `the transcription server answered HTTP ${status}`)
  const said = parseJson(body)
  if (!isRecord(said) || typeof said['text'] !== 'string')
    throw new MediaError('unsupported', 'the transcription server answered without a text')
  return said['text'].trim()
}
