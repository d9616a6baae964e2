/** `<home>/alerts.json`: what people have been told, so that a restart tells them nothing twice. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../lib/atomic-file.ts'
import { isRecord, parseJson } from '../lib/json.ts'
import type { Memory, Remembered } from './damper.ts'
import { same } from './languages.ts'

const ALERTS_FILE_NAME = 'alerts.json'

/** Empty where there is no file or it makes no sense: the worst that follows is an alert that comes twice. */
export function readMemory(home: string): Memory {
  let parsed: unknown
  try {
    parsed = parseJson(readFileSync(join(home, ALERTS_FILE_NAME), 'utf8'))
  } catch {
    return {}
  }
  if (!isRecord(parsed)) return {}
  return Object.fromEntries(
    Object.entries(parsed).flatMap(([key, value]): [string, Remembered][] => {
      const kept = inBoth(value)
      return isRemembered(kept) ? [[key, kept]] : []
    }),
  )
}

/** Writes one after the other, the newest last. Throws what the disk throws. */
export function createMemoryFile(home: string): { write(memory: Memory): Promise<void> } {
  const path = join(home, ALERTS_FILE_NAME)
  let writing: Promise<unknown> = Promise.resolve()
  return {
    async write(memory) {
      const before = writing
      const written = (async () => {
        await before.catch(() => undefined)
        await replaceFile(path, 'next', `${JSON.stringify(memory)}\n`, () => true)
      })()
      writing = written
      await written
    },
  }
}

/** Causes were once kept in one language. */
function inBoth(kept: unknown): unknown {
  return isRecord(kept) && typeof kept['detail'] === 'string' ? { ...kept, detail: same(kept['detail']) } : kept
}

const SUBJECTS = new Set(['account', 'limit', 'agent', 'schedule', 'quota', 'disk', 'dead_list', 'state_file'])

function isRemembered(value: unknown): value is Remembered {
  if (!isRecord(value)) return false
  const { subject, detail, sinceMs, changedMs, told, flapping, toldAtMs } = value
  return (
    isRecord(subject) &&
    typeof subject['kind'] === 'string' &&
    SUBJECTS.has(subject['kind']) &&
    isRecord(detail) &&
    typeof detail['zh'] === 'string' &&
    typeof detail['en'] === 'string' &&
    (sinceMs === null || Number.isFinite(sinceMs)) &&
    Number.isFinite(changedMs) &&
    typeof told === 'boolean' &&
    typeof flapping === 'boolean' &&
    Array.isArray(toldAtMs) &&
    toldAtMs.every(Number.isFinite)
  )
}
