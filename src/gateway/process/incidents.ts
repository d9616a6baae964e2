import { appendFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'

export const INCIDENT_FILE_NAME = 'incidents.log'
const PRIVATE_FILE = 0o600
/** Then the file is put aside as `incidents.log.1`, and the one before it goes. */
const LONGEST_BYTES = 1024 * 1024

/** What ended a process, or nearly. */
export interface Incident {
  readonly atMs: number
  readonly pid: number
  /** Snake_case: `event_loop_frozen`, `bug`. */
  readonly code: string
  /** One line, free of secrets. */
  readonly message: string
}

/**
 * Appends one JSON line to `<home>/incidents.log`, synchronously, for the moments in which nothing else can be relied on.
 * Never throws: it answers whether the line is written.
 */
export function writeIncident(home: string, incident: Incident): boolean {
  const path = join(home, INCIDENT_FILE_NAME)
  const { atMs, ...facts } = incident
  try {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LONGEST_BYTES) renameSync(path, `${path}.1`)
    appendFileSync(path, `${JSON.stringify({ at: new Date(atMs).toISOString(), ...facts })}\n`, {
      mode: PRIVATE_FILE,
      flush: true,
    })
    return true
  } catch {
    return false
  }
}
