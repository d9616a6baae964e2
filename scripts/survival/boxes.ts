/** Two ways to a sandbox: a process of its own, as the survival run has it, or in this process, which is quicker to start. */
import { randomInt } from 'node:crypto'
import { isRecord, parseJson } from '../../src/lib/json.ts'
import { hexId, systemRandom } from '../../src/lib/random.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import type { BotLogin } from '../../test/support/box.ts'
import { cleanUp } from '../../test/support/clean-up.ts'
import { eventually } from '../../test/support/eventually.ts'
import { startProcess } from '../../test/support/herald.ts'
import type { OpenBox } from './world.ts'

/** The lock of a bot is the machine's: two rows at a time must not have the same one. */
export function newBot(): BotLogin {
  return { appId: String(randomInt(102_000_000, 2_000_000_000)), secret: `secret-${hexId(systemRandom, 24)}` }
}

export function boxProcess(program: readonly string[]): OpenBox {
  return async t => {
    const bot = newBot()
    const args = ['sandbox', '--json', '--app-id', bot.appId, '--secret', bot.secret]
    const running = startProcess(t, [...program, ...args])
    const said = await eventually(
      'the address of the sandbox',
      15_000,
      () => running.stdout().includes('\n') && parseJson(running.stdout()),
      running.stderr,
    )
    if (!isRecord(said)) throw new Error(`no sandbox: ${running.stdout()}${running.stderr()}`)
    return {
      apiBase: String(said['api_base']),
      tokenUrl: String(said['token_url']),
      controlUrl: String(said['control']),
      bot,
    }
  }
}

export const boxHere: OpenBox = async t => {
  const bot = newBot()
  const box = await startSandbox({ bots: [bot] })
  cleanUp(t, () => box.stop())
  return { apiBase: box.url, tokenUrl: box.tokenUrl, controlUrl: box.controlUrl, bot }
}
