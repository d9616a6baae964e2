/** A web server of the test's own, and the room of files in a folder that goes with the test. */
import { existsSync, readdirSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { createRequest } from '../../src/lib/net/http.ts'
import { wavOf } from '../../src/lib/wav.ts'
import { createMedia, type Media, type MediaSettings } from '../../src/media/create-media.ts'
import type { Lookup } from '../../src/media/fetch/reach.ts'
import type { Attachment, Inbound } from '../../src/platforms/platform.ts'
import { tempHome } from '../gateway/programs.ts'
import { type CleanUp, cleanUp } from '../support/clean-up.ts'

export interface WebServer {
  readonly url: string
  readonly port: number
  /** Path and headers of each request, in order. */
  readonly requests: IncomingMessage[]
}

export type Site = Readonly<Record<string, (response: ServerResponse, request: IncomingMessage) => void>>

export async function webServer(t: CleanUp, site: Site): Promise<WebServer> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    const page = site[(request.url ?? '').split('?')[0] ?? '']
    if (page) page(response, request)
    else response.writeHead(404).end('no')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  cleanUp(t, () => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port, requests }
}

export interface MediaHouse extends Media {
  readonly home: string
  readonly inFolder: string
  readonly outFolder: string
}

/** `ownBases` as they stay. */
export type HouseSettings = Partial<Omit<MediaSettings, 'ownBases'>> & { readonly ownBases?: readonly string[] }

export function mediaHouse(
  t: CleanUp,
  { ownBases = [], ...settings }: HouseSettings = {},
  lookup?: Lookup,
  request = createRequest(systemClock),
): MediaHouse {
  const home = tempHome(t)
  const inFolder = join(home, 'media', 'in')
  const outFolder = join(home, 'media', 'out')
  const media = createMedia(
    {
      inFolder,
      outFolders: [outFolder],
      quotaBytes: 1_000_000,
      largestBytes: 500_000,
      downloadMs: 10_000,
      fakeIpDns: false,
      ownBases: () => ownBases,
      ...settings,
    },
    { clock: systemClock, log: silentLogger, request, ...(lookup === undefined ? {} : { lookup }) },
  )
  return { ...media, home, inFolder, outFolder }
}

export function filesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

export function messageWith(...attachments: readonly Attachment[]): Inbound {
  return {
    id: 'm1',
    chat: { account: 'qqbot', kind: 'c2c', id: 'alice' },
    sender: { id: 'alice', isBot: false },
    text: 'look',
    attachments,
    addressed: true,
    reply: { via: 'msg_id', id: 'm1' },
    raw: null,
  }
}

export const NEVER = new AbortController().signal

export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

/** A second of a tone. */
export function tone(rateHz = 24_000): Buffer {
  const samples = Buffer.alloc(rateHz * 2)
  for (let at = 0; at < rateHz; at++) samples.writeInt16LE(Math.round(8_000 * Math.sin(at / 10)), at * 2)
  return wavOf(samples, rateHz)
}
