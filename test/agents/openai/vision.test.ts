/** Pictures reach a model that looks at them, over a real socket. */
import assert from 'node:assert/strict'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempHome } from '../../gateway/programs.ts'
import { PNG } from '../../media/house.ts'
import { ask, house } from '../house.ts'

test('a model with eyes is shown the pictures that are there, any other reads their names', async t => {
  const home = tempHome(t)
  const path = join(home, 'a.png')
  writeFileSync(path, PNG)
  const huge = join(home, 'huge.png')
  writeFileSync(huge, PNG)
  truncateSync(huge, 9 * 1024 * 1024)
  const mediaType = 'image/png'
  const attachments = [
    { kind: 'image', name: 'a.png', path, mediaType, sizeBytes: PNG.length },
    { kind: 'image', name: 'gone.png', path: join(home, 'gone.png'), mediaType, sizeBytes: 5 },
    { kind: 'image', name: 'huge.png', path: huge, mediaType, sizeBytes: 9 * 1024 * 1024 },
    { kind: 'image', name: 'b.svg', path, mediaType: 'image/svg+xml', sizeBytes: 5 },
    { kind: 'file', name: 'c.pdf', path, mediaType: 'application/pdf', sizeBytes: 5 },
    { kind: 'image', name: 'unfetched.png' },
  ] as const
  const contentOf = async (vision: boolean): Promise<unknown> => {
    const { server, agent } = await house(t, { vision })
    await ask(agent, { text: 'look', attachments })
    const messages = server.requests[0]?.body['messages']
    return Array.isArray(messages) ? messages.at(-1)?.content : undefined
  }
  assert.equal(await contentOf(false), 'look')
  assert.deepEqual(await contentOf(true), [
    { type: 'text', text: 'look' },
    { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG.toString('base64')}` } },
  ])
})
