/** The processes of the benchmark: started, listened to with a bound, and ended by their pid. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Order, Told } from './platform.ts'

const LONGEST_STOP_MS = 15_000
/** Linux counts CPU time in hundredths of a second whatever its own tick is. */
const MS_PER_TICK = 10
const PAGE_MB = 4096 / 1024 / 1024

type ToldAs<K extends Told['told']> = Extract<Told, { readonly told: K }>

export interface PlatformProcess {
  /** Where it is, and who may enter: what a bot is started with. */
  readonly env: Readonly<Record<string, string>>
  /** The next word of this kind, after the order was given. Rejects when it does not come in time. */
  ask<K extends Told['told']>(kind: K, boundMs: number, order?: Order): Promise<ToldAs<K>>
  end(): Promise<void>
}

export async function startPlatform(): Promise<PlatformProcess> {
  const child = fork(join(import.meta.dirname, 'platform.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  killAtExit(child)
  const ask: PlatformProcess['ask'] = (kind, boundMs, order) =>
    new Promise((resolve, reject) => {
      const onTold = (told: Told): void => {
        if (!isKind(told, kind)) return
        finish()
        resolve(told)
      }
      const onExit = (): void => {
        finish()
        reject(new Error('the platform ended'))
      }
      const timer = setTimeout(() => {
        finish()
        reject(new Error(`the platform did not tell "${kind}" within ${boundMs} ms`))
      }, boundMs)
      const finish = (): void => {
        clearTimeout(timer)
        child.off('message', onTold)
        child.off('exit', onExit)
      }
      child.on('message', onTold)
      child.on('exit', onExit)
      if (order) child.send(order)
    })
  const { env } = await ask('listening', 10_000)
  return { env, ask, end: () => endProcess(child) }
}

function isKind<K extends Told['told']>(told: Told, kind: K): told is ToldAs<K> {
  return told.told === kind
}

export interface Contender {
  /** On the clock that all processes of a machine share. */
  readonly startedAtNs: bigint
  /** User and system time of all its threads so far. */
  cpuMs(): number
  residentMb(): number
  end(): Promise<void>
}

/** `output` is a file descriptor that takes what it says. */
export function startContender(args: readonly string[], env: NodeJS.ProcessEnv, output: number): Contender {
  const startedAtNs = process.hrtime.bigint()
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', output, output] })
  killAtExit(child)
  const proc = (file: string): string => readFileSync(`/proc/${child.pid}/${file}`, 'utf8')
  return {
    startedAtNs,
    cpuMs() {
      const stat = proc('stat')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK
    },
    residentMb: () => Number(proc('statm').split(' ')[1]) * PAGE_MB,
    end: () => endProcess(child),
  }
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_STOP_MS)
  await ended
  clearTimeout(timer)
}

/** Whatever ends the benchmark, its processes do not outlive it. */
function killAtExit(child: ChildProcess): void {
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
}
