/** Speech to text by any server that has OpenAI's `/audio/transcriptions`. */
import { describeError } from '../../lib/errors.ts'
import { isRecord, parseJson } from '../../lib/json.ts'
import type { HttpResponse, RequestHttp } from '../../lib/net/network.ts'
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

interface SpeechWay {
  readonly request: RequestHttp
  /** Bound on the whole of it. */
  readonly mostMs: number
}

/** What was said, trimmed; empty where nothing was. Throws `MediaError`, or the reason of `signal`. */
export async function transcribe(
  settings: SpeechSettings,
  file: SpokenFile,
  { request, mostMs }: SpeechWay,
  signal: AbortSignal,
): Promise<string> {
  const form = new FormData()
  form.set('model', settings.model)
  form.set('response_format', 'json')
  form.set('file', new Blob([file.bytes], { type: file.mediaType }), file.name)
  const whole = new Response(form)
  let answer: HttpResponse
  try {
    // A server that sends its callers elsewhere is not followed: it would be handed the key there.
    answer = await request(
      {
        method: 'POST',
        url: `${settings.baseUrl}/audio/transcriptions`,
        headers: {
          'content-type': whole.headers.get('content-type') ?? '',
          ...(settings.apiKey === undefined ? {} : { authorization: `Bearer ${settings.apiKey}` }),
        },
        body: await whole.bytes(),
        timeoutMs: mostMs,
      },
      signal,
    )
  } catch (thrown) {
    if (signal.aborted) throw signal.reason
    throw new MediaError('unreachable', `the transcription server: ${describeError(thrown)}`, { cause: thrown })
  }
  const { status, body } = answer
  if (status !== 200) throw new MediaError('http_status', `the transcription server answered HTTP ${status}`)
  const said = parseJson(body)
  if (!isRecord(said) || typeof said['text'] !== 'string')
    throw new MediaError('unsupported', 'the transcription server answered without a text')
  return said['text'].trim()
}
