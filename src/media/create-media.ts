/** The room of files, put together: what people send comes in, what the bot answers with goes out. */
import { mkdirSync } from 'node:fs'
import type { Clock } from '../lib/clock.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { RequestHttp } from '../lib/net/network.ts'
import type { MediaDoor } from '../platforms/platform.ts'
import { type Admit, createAdmit } from './admit.ts'
import { createMediaDoor } from './door.ts'
import { hostAndPort, type Lookup } from './fetch/reach.ts'
import { createWeb } from './fetch/web.ts'
import { createReceive, type Receive } from './receive.ts'
import type { SpeechSettings } from './sound/speech.ts'
import { createMediaStore } from './store.ts'

export interface MediaSettings {
  /** Where files that came in are kept. */
  readonly inFolder: string
  /** Files may go out from these; the first is made when it is missing, and relative paths are its own. */
  readonly outFolders: readonly string[]
  readonly quotaBytes: number
  readonly largestBytes: number
  readonly downloadMs: number
  readonly fakeIpDns: boolean
  /** Addresses of platforms that the settings name, which a reload may change; they may lie on this machine. */
  ownBases(): readonly string[]
  readonly speech?: SpeechSettings
}

export interface MediaDeps {
  readonly clock: Clock
  readonly log: Logger
  /** For the transcription server; files are fetched in a way of their own, which checks where an address leads. */
  readonly request: RequestHttp
  readonly lookup?: Lookup
}

export interface Media {
  readonly receive: Receive
  readonly admit: Admit
  readonly door: MediaDoor
}

export function createMedia(settings: MediaSettings, { clock, log, request, lookup }: MediaDeps): Media {
  const { outFolders, quotaBytes, fakeIpDns, speech } = settings
  const ownHosts = (): ReadonlySet<string> => new Set(settings.ownBases().flatMap(hostOf))
  const web = createWeb({ ownHosts, fakeIpDns, ...(lookup === undefined ? {} : { lookup }) })
  const store = createMediaStore({ folder: settings.inFolder, quotaBytes, log })
  const limits = { mostBytes: Math.min(settings.largestBytes, quotaBytes), mostMs: settings.downloadMs }
  const [first] = outFolders
  try {
    if (first !== undefined) mkdirSync(first, { recursive: true, mode: 0o700 })
  } catch (thrown) {
    log.warn('the folder for files that go out cannot be made', { reason: describeError(thrown) })
  }
  const common = { web, store, clock, limits, folders: outFolders }
  return {
    receive: createReceive({ ...common, log, request, ...(speech === undefined ? {} : { speech }) }),
    admit: createAdmit(outFolders),
    door: createMediaDoor(common),
  }
}

function hostOf(base: string): readonly string[] {
  const url = URL.parse(base)
  return url ? [hostAndPort(url)] : []
}
