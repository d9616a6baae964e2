/** One bot before a sandbox, with a folder of files that it may send. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Attachment, Outgoing, OutgoingMedia, SendOutcome } from '../../../../src/platforms/platform.ts'
import type { Sandbox, SandboxOptions } from '../../../../src/sandbox/sandbox.ts'
import { type HouseSettings, type MediaHouse, mediaHouse, NEVER } from '../../../media/house.ts'
import { type CleanUp, cleanUp } from '../../../support/clean-up.ts'
import { adapterFor } from '../../../support/qq-house.ts'
import { sandboxFor } from '../../../support/sandbox.ts'

export interface SendHouse {
  readonly box: Sandbox
  readonly media: MediaHouse
  /** A file in the allowed folder. */
  file(name: string, bytes: Uint8Array | string): OutgoingMedia['source']
  /** One try of one post in a chat with Alice, or in the group Family. */
  send(
    media: Pick<OutgoingMedia, 'kind' | 'name' | 'source'>,
    more?: Partial<Outgoing> & { group?: true },
  ): Promise<SendOutcome>
  /** What Alice got, by name and type. */
  shown(): readonly { readonly name: string; readonly file_type: number; readonly url: string }[]
  /** Bytes of the newest file that she got. */
  newest(): Promise<Buffer>
  /** The calls that the bot made, without token and messages: `POST /files`. */
  calls(): readonly string[]
}

export async function sendHouse(
  t: CleanUp,
  options: Partial<SandboxOptions> = {},
  settings: HouseSettings = {},
): Promise<SendHouse> {
  const box = await sandboxFor({ after: fn => cleanUp(t, fn) }, options)
  const media = mediaHouse(t, { ownBases: [box.url], quotaBytes: 500_000_000, largestBytes: 300_000_000, ...settings })
  const { adapter } = adapterFor(box, { media })
  const ids = { c2c: box.person('Alice', { proactive: true }), group: box.group('Family', { members: ['Alice'] }) }
  const shown = () =>
    box
      .answers({ person: 'Alice' })
      .concat(box.answers({ group: 'Family' }))
      .flatMap(({ attachments }) => attachments ?? [])
      .map(attachment => attachment as { name: string; file_type: number; url: string })
  return {
    box,
    media,
    file(name, bytes) {
      const path = join(media.outFolder, name)
      writeFileSync(path, bytes)
      return { path }
    },
    send(given, { group, ...more } = {}) {
      const kind = group ? 'group' : 'c2c'
      const said = box.say({ person: 'Alice', text: 'hi', ...(group ? { group: 'Family' } : {}) })
      return adapter.send(
        {
          chat: { account: 'qqbot', kind, id: ids[kind] },
          text: '',
          form: 'plain',
          reply: { via: 'msg_id', id: said.id, seq: 1 },
          ...more,
          extras: { ...more.extras, media: given },
        },
        NEVER,
      )
    },
    shown,
    async newest() {
      const last = shown().at(-1)
      const answer = await fetch(box.url + (last?.url ?? ''))
      return Buffer.from(await answer.arrayBuffer())
    },
    calls: () =>
      box.log
        .entries({ kinds: ['request'] })
        .flatMap(entry => (entry.kind === 'request' ? [`${entry.method} ${shortPath(entry.path)}`] : []))
        .filter(call => !/messages$|Token$|hosted/.test(call)),
  }
}

function shortPath(path: string): string {
  return path.startsWith('/cos/') ? '/part' : path.replace(/^\/v2\/(users|groups)\/[^/]+/, '')
}

export const asKind = (kind: Attachment['kind'], name: string, source: OutgoingMedia['source']): OutgoingMedia => ({
  kind,
  name,
  source,
})
