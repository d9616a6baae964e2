import { readFileSync } from 'node:fs'

/** What the operating system says about processes. A pid alone proves nothing: it is used again. */
export interface ProcessTable {
  /** The kernel's start time of the process in clock ticks since boot; null where there is no such process or no /proc. */
  startTicks(pid: number): number | null
  isAlive(pid: number): boolean
  /** How long the machine has been up; null where it does not tell. */
  uptimeMs(): number | null
}

interface ProcStat {
  readonly state: string
  readonly startTicks: number
}

const START_TIME_FIELD = 22
/** Fields are counted from 1 and the first two (pid, name) stand before the closing bracket of the name. */
const FIRST_FIELD_AFTER_NAME = 3

function procStat(pid: number): ProcStat | undefined {
  const text = readProc(`/proc/${pid}/stat`)
  // The name is in brackets and may itself hold spaces and brackets, so the fields count from the last bracket.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  const startTicks = Number(fields?.[START_TIME_FIELD - FIRST_FIELD_AFTER_NAME])
  return fields?.[0] && Number.isSafeInteger(startTicks) ? { state: fields[0], startTicks } : undefined
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** A signal 0 asks without touching; a refusal means that the process lives and belongs to somebody else. */
function answersSignal(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

export const systemProcesses: ProcessTable = {
  startTicks: pid => procStat(pid)?.startTicks ?? null,
  isAlive(pid) {
    // Zero and negative numbers address whole groups of processes, our own included.
    if (!Number.isSafeInteger(pid) || pid <= 0 || !answersSignal(pid)) return false
    const state = procStat(pid)?.state
    // A zombie keeps its number until somebody asks for its exit code, but it does nothing any more.
    return state !== 'Z' && state !== 'X'
  },
  uptimeMs() {
    const seconds = Number(readProc('/proc/uptime')?.split(' ')[0])
    return Number.isFinite(seconds) ? seconds * 1000 : null
  },
}
