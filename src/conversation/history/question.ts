/** What an agent is asked, in words: the text, and what came with it. Pure. */
import type { Attachment } from '../../platforms/platform.ts'

/** Why something is not there, for the agent, which may have to explain it. */
const TROUBLES: Readonly<Record<string, string>> = {
  address_refused: 'its address is not allowed',
  too_large: 'it is too large',
  too_many: 'too many came at once',
  timeout: 'it took too long',
  http_status: 'the server did not give it out',
  unreachable: 'the server could not be reached',
  gone: 'nobody knows where it is',
  no_room: 'there is no room for it',
  unsupported: 'it cannot be read',
  path_refused: 'it may not be read any more',
}

/** A name must not look as if the note about it, or its line, ended inside of it. */
const BREAKING = /[[\]\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu

const KIB = 1024
const MIB = 1024 * KIB

/** What is quoted has its words in the text already; only that it could not be had is news. */
export function questionOf(text: string, attachments: readonly Attachment[]): string {
  const others = attachments.filter(({ quoted, trouble }) => quoted !== true || trouble !== undefined).map(describe)
  return [text, ...others].filter(part => part !== '').join('\n')
}

/** What a voice message says, where somebody heard it; of everything else what it is. */
function describe({ kind, name, transcript, quoted, trouble, path, sizeBytes }: Attachment): string {
  if (transcript !== undefined) return transcript
  // A platform's word for a kind is no name.
  const named = name === kind ? kind : `${kind}: ${name.replaceAll(BREAKING, ' ')}`
  if (trouble !== undefined)
    return `[${quoted ? 'quoted ' : ''}${named} (not available: ${TROUBLES[trouble] ?? trouble})]`
  if (kind === 'voice') return `[${named} (nobody could tell what it says)]`
  return path !== undefined && sizeBytes !== undefined ? `[${named}, ${sizeOf(sizeBytes)}]` : `[${named}]`
}

function sizeOf(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`
  return bytes < MIB ? `${Math.round(bytes / KIB)} KB` : `${(bytes / MIB).toFixed(1)} MB`
}
