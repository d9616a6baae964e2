/** What goes with the text of a reply, as it stands in its column. */
import { isRecord, parseJson } from '../../lib/json.ts'
import type { Attachment, Button, Extras, OutgoingMedia, StreamPlace } from '../../platforms/platform.ts'

const STYLES: readonly Button['style'][] = ['plain', 'primary', 'danger']
const KINDS: readonly Attachment['kind'][] = ['image', 'voice', 'video', 'file']

export function extrasText(extras: Extras | undefined): string | null {
  return extras === undefined ? null : JSON.stringify(extras)
}

/** What cannot be read is left out: the text goes on without it. */
export function readExtras(stored: string | null): { readonly extras?: Extras } {
  const value = stored === null ? undefined : parseJson(stored)
  if (!isRecord(value)) return {}
  const keyboard = Array.isArray(value['keyboard']) ? value['keyboard'].map(readRow) : undefined
  const media = readMedia(value['media'])
  const { quote } = value
  const extras: Extras = {
    ...(keyboard === undefined ? {} : { keyboard }),
    ...(media === undefined ? {} : { media }),
    ...(typeof quote === 'string' ? { quote } : {}),
    ...readStream(value['stream']),
  }
  return { extras }
}

function readStream(value: unknown): { readonly stream?: StreamPlace } {
  if (!isRecord(value) || typeof value['index'] !== 'number') return {}
  const { id, index, open, cut, seen } = value
  return {
    stream: {
      index,
      ...(typeof id === 'string' ? { id } : {}),
      ...(open === true ? { open } : {}),
      ...(cut === true ? { cut } : {}),
      ...(typeof seen === 'number' ? { seen } : {}),
    },
  }
}

function readRow(value: unknown): readonly Button[] {
  return Array.isArray(value) ? value.flatMap(readButton) : []
}

function readButton(value: unknown): readonly Button[] {
  if (!isRecord(value)) return []
  const { id, label, number, data, says, onlyFor } = value
  const style = STYLES.find(known => known === value['style'])
  if (typeof id !== 'string' || typeof label !== 'string' || typeof data !== 'string' || style === undefined) return []
  return [
    {
      id,
      label,
      data,
      style,
      ...(typeof number === 'number' ? { number } : {}),
      ...(says === true ? { says } : {}),
      ...(Array.isArray(onlyFor) ? { onlyFor: onlyFor.map(String) } : {}),
    },
  ]
}

function readMedia(value: unknown): OutgoingMedia | undefined {
  if (!isRecord(value) || !isRecord(value['source'])) return undefined
  const kind = KINDS.find(known => known === value['kind'])
  const { name } = value
  const { url, path } = value['source']
  if (kind === undefined || typeof name !== 'string') return undefined
  if (typeof url === 'string') return { kind, name, source: { url } }
  return typeof path === 'string' ? { kind, name, source: { path } } : undefined
}
