/**
 * One instance per bot and per home, by something that the kernel frees when the process dies, however it dies: on Linux
 * a listening socket with an abstract name, elsewhere a locked database. Nothing stays behind that could be stale.
 */
import { createHash } from 'node:crypto'
import type { Clock } from '../../../lib/clock.ts'
import { HeraldError } from '../../../lib/errors.ts'
import { OWNED_ELSEWHERE } from '../../lives/endings.ts'
import type { InstanceLock, LockOwner } from './lock.ts'
import { claimFile } from './lock-file.ts'
import { claimName } from './lock-name.ts'

/** Another process holds what was to be claimed. */
export class OwnedElsewhereError extends HeraldError {
  override readonly name = 'OwnedElsewhereError'
  readonly owner: LockOwner
  constructor(what: string, owner: LockOwner) {
    const holder = owner.pid === undefined ? 'another process' : `process ${owner.pid}`
    const where = owner.home === undefined ? '' : ` (home ${owner.home})`
    super(OWNED_ELSEWHERE, `${what} is in use by ${holder}${where}`, {
      hint: 'stop that process first; nothing has to be cleaned up after it',
    })
    this.owner = owner
  }
}

export interface LockOptions {
  readonly clock: Clock
  /** Of the claimer; told to whoever asks next. */
  readonly pid: number
  /** Real path of the claimer's home. */
  readonly home: string
  /** `process.platform`. */
  readonly platform: string
  /** Where locks lie that are not about one home, on systems without abstract sockets: the same place for everybody. */
  readonly sharedFolder?: string
}

const SHARED_FOLDER = '/tmp'

/** Claims a bot by its app id. Throws `OwnedElsewhereError`, after at most a second. */
export function claimBot(appId: string, options: LockOptions): Promise<InstanceLock> {
  return claim(`the bot ${appId}`, `herald-${fingerprint(appId)}`, options.sharedFolder ?? SHARED_FOLDER, options)
}

/** Claims the home folder itself, by its real path. Throws `OwnedElsewhereError`, after at most a second. */
export function claimHome(options: LockOptions): Promise<InstanceLock> {
  return claim(`the home ${options.home}`, `herald-home-${fingerprint(options.home)}`, options.home, options)
}

async function claim(what: string, name: string, folder: string, options: LockOptions): Promise<InstanceLock> {
  const mine = { pid: options.pid, home: options.home }
  const outcome =
    options.platform === 'linux' ? await claimName(name, mine, options.clock) : claimFile(folder, name, mine)
  if ('owner' in outcome) throw new OwnedElsewhereError(what, outcome.owner)
  return outcome.lock
}

/** The app id itself need not be seen by everybody who lists the sockets of the machine. */
function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
