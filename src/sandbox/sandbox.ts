/**
 * The QQ Bot platform in a box, for tests and for trying things out: real HTTP and WebSocket on loopback, people and groups
 * to talk as, and faults to switch on. `docs/sandbox.md` describes the control interface for other programs.
 */
import { type Clock, systemClock } from '../lib/clock.ts'
import { type Random, systemRandom } from '../lib/random.ts'
import type { BotSpec } from './model/access/bots.ts'
import type { OptionChanges } from './model/options.ts'
import { createPlatform, type Platform } from './model/platform.ts'
import { createOperator, type Operator } from './operator.ts'
import { createControl } from './shell/control.ts'
import { createDriver } from './shell/driver.ts'
import type { GatewayStatus } from './shell/gateway-view.ts'
import { servePage } from './shell/page-files.ts'
import { startServer } from './shell/server.ts'

export type { BotSpec, Counters } from './model/access/bots.ts'
export type { FaultSpec } from './model/faults/fault-specs.ts'
export type { ActiveFault } from './model/faults/faults.ts'
export type { FaultName } from './model/faults/presets.ts'
export type { OptionChanges, PlatformOptions } from './model/options.ts'
export type { HappeningKind, LogEntry } from './model/record.ts'
export type { ShownMessage } from './model/talk/chats.ts'
export type { Said, Say } from './model/talk/inbound.ts'
export type { Click, Interaction } from './model/talk/interactions.ts'
export type { ChatRef } from './model/talk/people.ts'
export type { Operator } from './operator.ts'

export interface SandboxOptions {
  /** Port of the platform; 0 takes any. */
  readonly port?: number
  /** Port of the control interface and page alone, which stays up when the platform's host is "down"; 0 takes any. */
  readonly controlPort?: number
  readonly host?: string
  readonly bots: readonly BotSpec[]
  readonly clock?: Clock
  readonly random?: Random
  readonly options?: OptionChanges
  /** How many log entries are kept. */
  readonly logCapacity?: number
  /** Where the page reads the state of the gateway under test: its status document, or anything like it. */
  readonly gatewayStatus?: GatewayStatus
}

export interface Sandbox extends Operator {
  /** `http://127.0.0.1:<port>`: token call, OpenAPI, gateway and control interface. */
  readonly url: string
  readonly port: number
  /** Control interface and page on a port that no fault touches. */
  readonly controlUrl: string
  readonly tokenUrl: string
  stop(): Promise<void>
}

/** Starts a platform on loopback. Rejects when the port is taken. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { clock = systemClock, random = systemRandom, host = '127.0.0.1' } = options
  let platform: Platform | undefined
  let carry: Parameters<typeof createPlatform>[0]['effect'] = () => {}
  const driver = createDriver(clock, () => platform)
  const model = createPlatform({
    clock,
    random,
    effect: effect => carry(effect),
    rearm: driver.rearm,
    options: options.options,
    logCapacity: options.logCapacity,
  })
  platform = model
  for (const spec of options.bots) model.addBot(spec)
  const operator = createOperator(model)
  let url = ''
  const control = createControl(operator, {
    clock,
    host,
    gatewayStatus: options.gatewayStatus,
    platformUrl: () => url,
  })
  const server = await startServer(model, {
    clock,
    host,
    port: options.port ?? 0,
    controlPort: options.controlPort ?? 0,
    aside: (request, response) => control.handle(request, response) || servePage(request, response),
  })
  carry = server.carry

  url = `http://${host}:${server.port}`
  return {
    ...operator,
    url,
    port: server.port,
    controlUrl: `http://${host}:${server.controlPort}`,
    tokenUrl: `${url}/app/getAppAccessToken`,
    async stop() {
      driver.stop()
      control.stop()
      await server.stop()
    },
  }
}
