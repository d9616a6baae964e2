/** A real gateway with a dashboard, beside a sandbox. */
import { createServer } from 'node:net'
import type { Page } from 'playwright-core'
import { boxHere } from '../../scripts/survival/boxes.ts'
import { createWorld, type Scene, type Settings } from '../../scripts/survival/world.ts'
import { readKey } from '../../src/dashboard/key.ts'
import { openPage } from '../sandbox/page/browser.ts'
import type { CleanUp } from '../support/clean-up.ts'
import { type Herald, SOURCES } from '../support/herald.ts'
import type { Disposable } from '../support/sandbox.ts'

export interface House {
  readonly scene: Scene
  readonly herald: Herald
  readonly url: string
  readonly port: number
  readonly key: string
  /** The gateway again, after an end. */
  again(): Promise<Herald>
}

/** A port that is free now; a gateway that comes back has to be found where it was. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}

export async function houseFor(t: CleanUp, settings: Settings = {}): Promise<House> {
  const port = await freePort()
  const scene = await createWorld(t, SOURCES, boxHere).scene()
  const http = { host: '127.0.0.1', port }
  scene.configure({ ...settings, gateway: { http, ...settings.gateway } })
  const again = async (): Promise<Herald> => {
    const herald = scene.start()
    await herald.connected()
    return herald
  }
  const herald = await again()
  const key = readKey(scene.home)
  if (key === undefined) throw new Error('the home has no key')
  return { scene, herald, port, url: `http://127.0.0.1:${port}`, key, again }
}

/** The dashboard in a browser, with its key in the address or without. */
export function openDashboard(
  t: Disposable,
  { url, key }: House,
  { withKey = true, ...options }: NonNullable<Parameters<typeof openPage>[2]> & { readonly withKey?: boolean } = {},
): Promise<Page> {
  return openPage(t, url, { ready: '[data-account]', path: withKey ? `/#key=${key}` : '/', ...options })
}
