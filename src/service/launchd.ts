/** Herald as an agent of macOS's launchd, in the session of its user. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { homeWords, inArray, LAUNCHD_LABEL, logPath, plistText } from './plist.ts'
import { ServiceError, type ServiceManager } from './service.ts'
import type { Shell } from './shell.ts'

export interface LaunchdOptions {
  readonly shell: Shell
  readonly uid: number
  readonly userHome: string
  readonly home: string
}

const LAST_LINES = '200'

export function createLaunchd({ shell, uid, userHome, home }: LaunchdOptions): ServiceManager {
  const domain = `gui/${uid}`
  const target = `${domain}/${LAUNCHD_LABEL}`
  const file = join(userHome, 'Library/LaunchAgents', `${LAUNCHD_LABEL}.plist`)
  const tell = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await shell('launchctl', ...args)
    if (code !== 0) throw new ServiceError(`launchctl ${args.join(' ')}: ${stderr || 'it failed and said nothing'}`)
  }
  /** Loading it starts it, and a loaded one that was stopped is unloaded. */
  const load = async (): Promise<void> => {
    await shell('launchctl', 'bootout', target)
    await tell('bootstrap', domain, file)
  }
  return {
    kind: 'launchd',
    scope: 'user',
    name: `the launchd agent ${LAUNCHD_LABEL} of this user`,
    file,
    installed: () => (existsSync(file) ? readFileSync(file, 'utf8') : undefined),
    serves: (definition, of) => definition.includes(homeWords(of)),
    starts: (definition, entry) => definition.includes(inArray([entry])),
    text: plistText,
    async install(plan) {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, plistText(plan))
      await tell('enable', target)
    },
    async uninstall() {
      await shell('launchctl', 'bootout', target)
      rmSync(file, { force: true })
    },
    start: load,
    stop: () => tell('bootout', target),
    restart: () => tell('kickstart', '-k', target),
    async facts() {
      const { code, stdout } = await shell('launchctl', 'print', target)
      const of = (name: string): string => stdout.match(new RegExp(`^\\s*${name} = (.*)$`, 'm'))?.[1] ?? ''
      const state = code === 0 ? of('state') || 'loaded' : 'not loaded'
      return {
        state,
        running: state === 'running',
        pid: Number(of('pid')) || 0,
        result: '',
        exitStatus: Number(of('last exit code')) || 0,
      }
    },
    troubles: async () => [],
    logs: async follow => ['tail', '-n', LAST_LINES, ...(follow ? ['-F'] : []), logPath(home)],
    lingering: async () =>
      'the service runs while you are logged in to this Mac; let it log you in by itself after a start',
  }
}
