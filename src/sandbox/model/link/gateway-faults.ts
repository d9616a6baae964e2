import type { FaultOf } from '../faults/fault-specs.ts'
import type { World } from '../world.ts'
import type { Link, Links } from './links.ts'

export type GatewayFault = FaultOf<'gateway'>

const HUGE_FRAME_BYTES = 10 * 1024 * 1024

/** A text frame that announces 4,096 bytes and delivers 20: whatever follows is taken for the rest of it. */
const HALF_FRAME = Uint8Array.from([0x81, 126, 0x10, 0x00, ...Buffer.from('{"op":0,"s":2,"t":"C')])

function sendBroken(links: Links, link: Link, spec: GatewayFault): void {
  const { frame = 'broken_json' } = spec
  if (typeof frame === 'object') {
    links.write(link, frame.text)
    return
  }
  if (frame === 'broken_json') {
    links.write(link, '{"op":0,"s":')
    return
  }
  if (frame === 'array') {
    links.write(link, '[{"op":11}]')
    return
  }
  if (frame === 'huge') {
    links.write(link, `{"op":0,"t":"HUGE","d":"${'x'.repeat(spec.sizeBytes ?? HUGE_FRAME_BYTES)}"}`)
    return
  }
  const bytes = frame === 'half' ? HALF_FRAME : new Uint8Array(spec.sizeBytes ?? 16)
  links.emit(link, { kind: 'bytes', link: link.id, framing: frame === 'half' ? 'raw' : 'message', bytes })
}

function carryOut(links: Links, link: Link, spec: GatewayFault): void {
  switch (spec.do) {
    case 'close':
      links.close(link, spec.code, spec.reason ?? '', spec.forget)
      break
    case 'destroy':
      links.destroy(link)
      break
    case 'op7':
      links.write(link, '{"op":7}')
      break
    case 'op9':
      links.write(link, JSON.stringify({ op: 9, d: spec.resumable ?? false }))
      break
    case 'raw':
      sendBroken(links, link, spec)
      break
    case 'freeze':
      links.freeze(link, 'self', true)
      break
  }
}

export function strikeLink(world: World, links: Links, link: Link, spec: GatewayFault): void {
  if (!spec.delayMs) {
    carryOut(links, link, spec)
    return
  }
  world.agenda.at(world.now() + spec.delayMs, () => {
    if (link.phase !== 'closing') carryOut(links, link, spec)
  })
}
