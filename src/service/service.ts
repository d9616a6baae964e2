/** The contract of a service manager of the operating system, as far as Herald needs one. */
import { HeraldError } from '../lib/errors.ts'

export interface ServicePlan {
  /** Absolute; becomes the gateway itself. */
  readonly command: readonly string[]
  readonly home: string
  readonly configPath: string | undefined
  readonly path: string | undefined
  readonly runAs: string | undefined
}

export interface ServiceFacts {
  /** In the manager's own word: `active`, `failed`, `activating`. */
  readonly state: string
  readonly running: boolean
  /** 0 while none runs. */
  readonly pid: number
  /** Its own word for why the last run ended: `exit-code`, `watchdog`; empty where it has none. */
  readonly result: string
  /** Exit code, or the number of the signal. */
  readonly exitStatus: number
}

export interface ServiceManager {
  readonly kind: 'systemd' | 'launchd'
  readonly scope: 'user' | 'system'
  /** For people: `the systemd unit herald.service of this user`. */
  readonly name: string
  /** Where the definition of the service lies. */
  readonly file: string
  /** The definition that is installed; undefined while there is none. */
  installed(): string | undefined
  /** Whether a definition is of a gateway in that home, by its real path. */
  serves(definition: string, home: string): boolean
  /** Whether a definition starts that file. */
  starts(definition: string, file: string): boolean
  /** The definition that this version would write. */
  text(plan: ServicePlan): string
  /** Writes the definition, and has it started with the system (or the session). Starts nothing yet. */
  install(plan: ServicePlan): Promise<void>
  /** Stops it and takes the definition away. */
  uninstall(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
  restart(): Promise<void>
  facts(): Promise<ServiceFacts>
  /** What the manager really does, where that is not what the definition says: drop-ins, a definition not read again. */
  troubles(): Promise<readonly string[]>
  /** The command that shows the log: its last lines, or all that comes from now on too. */
  logs(follow: boolean): Promise<readonly string[]>
  /** What keeps it from running while nobody is logged in, with the cure; undefined where nothing does, or nobody knows. */
  lingering(): Promise<string | undefined>
}

/** The service manager refused, or there is none. `message` is one line with the cure. */
export class ServiceError extends HeraldError {
  override readonly name = 'ServiceError'
  constructor(message: string, hint?: string) {
    super('service_failed', message, hint === undefined ? {} : { hint })
  }
}
