/** A small disk of a row alone, to be filled. */
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CleanUp, cleanUp } from '../../test/support/clean-up.ts'

export interface Disk {
  readonly folder: string
  fill(): void
  free(): void
}

export function cannotMount(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'herald-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status === 0
  if (mounted) execFileSync('umount', ['-l', folder])
  rmdirSync(folder)
  return mounted ? undefined : 'needs the right to mount a tmpfs'
}

export function smallDisk(t: CleanUp): Disk {
  const folder = mkdtempSync(join(tmpdir(), 'herald-disk-'))
  cleanUp(t, () => rmdirSync(folder))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'tmpfs', folder])
  cleanUp(t, () => execFileSync('umount', ['-l', folder]))
  const ballast = join(folder, 'ballast')
  return {
    folder,
    fill() {
      const file = openSync(ballast, 'w')
      try {
        for (const size of [65_536, 4_096, 1]) writeUntilFull(file, Buffer.alloc(size))
      } finally {
        closeSync(file)
      }
    },
    free: () => rmSync(ballast),
  }
}

function writeUntilFull(file: number, block: Buffer): void {
  try {
    for (;;) writeSync(file, block)
  } catch (thrown) {
    if (!String(thrown).includes('ENOSPC')) throw thrown
  }
}
