import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/**
 * The pid that holds an abstract listening socket, from /proc: for an owner that does not answer (stopped, frozen). Undefined
 * where it belongs to another user, whose open files we may not see.
 */
export function pidOfSocket(name: string): number | undefined {
  const inode = attempt(() => readFileSync('/proc/net/unix', 'utf8'))
    ?.split('\n')
    .map(line => line.trim().split(/\s+/))
    .find(fields => fields.at(-1) === `@${name}` && isListening(fields))
    ?.at(-2)
  if (inode === undefined) return undefined
  const pids = attempt(() => readdirSync('/proc'))?.filter(entry => /^\d+$/.test(entry)) ?? []
  const holder = pids.find(pid => holdsSocket(pid, inode))
  return holder === undefined ? undefined : Number(holder)
}

/** Accepted connections carry the same name; the flag (__SO_ACCEPTCON) marks the listener. */
function isListening(fields: readonly string[]): boolean {
  const flags = Number.parseInt(fields[3] ?? '', 16)
  return (flags & 0x10000) !== 0
}

function holdsSocket(pid: string, inode: string): boolean {
  const folder = `/proc/${pid}/fd`
  const files = attempt(() => readdirSync(folder)) ?? []
  return files.some(file => attempt(() => readlinkSync(`${folder}/${file}`)) === `socket:[${inode}]`)
}

/** Processes come and go while /proc is read, and those of other users do not show their files. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
