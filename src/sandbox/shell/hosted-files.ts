/** Files that the platform keeps, for the page: nothing in them can do anything there. */
import type { ServerResponse } from 'node:http'
import { describeError } from '../../lib/errors.ts'
import { wavOf } from '../../lib/wav.ts'
import type { HostedFile, HostedFiles } from '../model/files/hosted.ts'

/** What a browser may show in place; everything else is a download. */
const SHOWN = /^(?:image\/(?:png|jpeg|gif|webp|bmp)|audio\/(?:wav|mpeg|ogg)|video\/mp4)$/
const PLAYED_RATE_HZ = 24_000

/** Answers with the file of that id; SILK, which no browser plays, as WAV. */
export function serveHosted(hosted: HostedFiles, id: string, response: ServerResponse): void {
  const file = hosted.find(id)
  if (!file) {
    response.writeHead(404).end()
    return
  }
  playable(file).then(
    shown => answer(shown, response),
    (thrown: unknown) => {
      response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' })
      response.end(`it cannot be played: ${describeError(thrown)}`)
    },
  )
}

async function playable(file: HostedFile): Promise<HostedFile> {
  if (file.mediaType !== 'audio/silk') return file
  const { decode } = await import('silk-wasm')
  const { data } = await decode(file.bytes, PLAYED_RATE_HZ)
  return { ...file, mediaType: 'audio/wav', bytes: wavOf(data, PLAYED_RATE_HZ) }
}

function answer({ mediaType, name, bytes }: HostedFile, response: ServerResponse): void {
  const shown = SHOWN.test(mediaType)
  response.writeHead(200, {
    'content-type': shown ? mediaType : 'application/octet-stream',
    'content-length': bytes.length,
    'content-disposition': `${shown ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(name)}`,
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'private, max-age=3600',
  })
  response.end(bytes)
}
