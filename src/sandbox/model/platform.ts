import type { Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import { createRedactor } from '../../lib/redact.ts'
import { type Binding, createBinding } from './access/bind.ts'
import { addSource, type Bot, type BotSpec, createBot } from './access/bots.ts'
import { accessRoutes } from './access/routes-access.ts'
import { revokeTokens } from './access/tokens.ts'
import { createAgenda } from './agenda.ts'
import type { FaultSpec } from './faults/fault-specs.ts'
import { type ActiveFault, createFaults, type FaultChange } from './faults/faults.ts'
import { createFileStore } from './files/files.ts'
import { createHostedFiles, type HostedFiles } from './files/hosted.ts'
import { mediaRoutes } from './files/routes-media.ts'
import { createIds } from './ids.ts'
import { createGateway, type Gateway } from './link/gateway.ts'
import { applyOptions, defaultOptions, type OptionChanges } from './options.ts'
import { createRecord } from './record.ts'
import { createRest, type Rest } from './rest/rest.ts'
import type { Chat, Group, Person } from './talk/chats.ts'
import { createInbox, type Inbox } from './talk/inbound.ts'
import { createInteractions, type Interactions } from './talk/interactions.ts'
import {
  applyGroupSettings,
  applyPersonSettings,
  type GroupSettings,
  groupNamed,
  type LifecycleEvent,
  type PersonSettings,
  personNamed,
} from './talk/people.ts'
import { messageRoutes } from './talk/routes-messages.ts'
import { streamRoutes } from './talk/streams.ts'
import type { Effect, HostMode, World } from './world.ts'

/**
 * The QQ platform as a model: requests and frames go in, answers and effects come out, and time is what the clock says. It
 * opens no socket and arms no timer: `due` tells when it wants to be run next.
 */
export interface Platform {
  readonly world: World
  readonly rest: Rest
  readonly gateway: Gateway
  readonly inbox: Inbox
  readonly interactions: Interactions
  readonly binding: Binding
  /** Files that the platform hands out. */
  readonly hosted: HostedFiles
  addBot(spec: BotSpec): Bot
  /** The named bot, or the only one. */
  bot(appId?: string): Bot
  setPerson(bot: Bot, name: string, settings: PersonSettings): Person
  setGroup(bot: Bot, name: string, settings: GroupSettings): Group
  /** Any event at all, to every session that wants it. */
  push(bot: Bot, type: string, d: unknown, id?: string): void
  fault(spec: FaultSpec, name?: string): ActiveFault
  /** Mends everything: faults off, frozen links thawed. */
  clearFaults(): void
  readonly hostMode: HostMode
  readonly nextDueMs: number | undefined
  runDue(): void
  /** Moves the platform's own time forward: tokens expire, windows close. */
  advance(byMs: number): void
  /** Back to the beginning: links cut, people, chats, sessions, tokens, faults and record forgotten; bots stay. */
  reset(): void
}

export interface PlatformDeps {
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs'>
  readonly random: Random
  effect(effect: Effect): void
  /** The time at which `runDue` is wanted has changed. */
  rearm(): void
  readonly options?: OptionChanges | undefined
  /** Log entries that are kept. */
  readonly logCapacity?: number | undefined
}

export function createPlatform(deps: PlatformDeps): Platform {
  const startWallMs = deps.clock.nowMs()
  const startMonotonicMs = deps.clock.monotonicMs()
  let aheadMs = 0
  const now = (): number => Math.floor(startWallMs + deps.clock.monotonicMs() - startMonotonicMs + aheadMs)

  const ids = createIds(deps.random)
  const agenda = createAgenda(() => deps.rearm())
  const redactor = createRedactor()
  const record = createRecord(now, redactor.redact, deps.logCapacity ?? 20_000)
  const faults = createFaults({ agenda, now, changed: (change, fault) => faultChanged(change, fault) })
  const world: World = {
    options: defaultOptions(),
    random: deps.random,
    ids,
    agenda,
    record,
    faults,
    bots: new Map(),
    tokenOwners: new Map(),
    now,
    effect: deps.effect,
    conceal: redactor.add,
  }
  applyOptions(world.options, deps.options ?? {})
  const gateway = createGateway(world)
  const files = createFileStore(ids)
  const hosted = createHostedFiles(ids)
  const interactions = createInteractions(world, gateway)
  const binding = createBinding(world)
  const routes = [
    ...accessRoutes,
    ...messageRoutes(files, hosted, gateway),
    ...mediaRoutes(files, hosted),
    ...streamRoutes(files),
    interactions.route,
    ...binding.routes,
  ]
  const rest = createRest(world, routes)
  let hostMode: HostMode = 'up'

  const setHost = (mode: HostMode): void => {
    if (mode === hostMode) return
    hostMode = mode
    for (const link of [...gateway.links.all()]) {
      if (mode === 'refuse' || mode === 'reset') gateway.links.destroy(link)
      else gateway.links.freeze(link, 'host', mode === 'freeze')
    }
    world.effect({ kind: 'host', mode })
  }

  const botsOf = (appId: string | undefined): Bot[] =>
    [...world.bots.values()].filter(bot => appId === undefined || bot.appId === appId)

  const thaw = (): void => {
    for (const link of [...gateway.links.all()]) gateway.links.freeze(link, 'self', false)
  }

  const faultChanged = (change: FaultChange, fault: ActiveFault): void => {
    record.add({ kind: 'fault', change, fault: { ...fault } })
    const { spec } = fault
    if (change === 'fired') return
    if (spec.kind === 'host') {
      setHost(faults.on('host').at(-1)?.mode ?? 'up')
      return
    }
    if (spec.kind === 'freeze_links' && change === 'off') {
      thaw()
      return
    }
    if (change !== 'on') return
    strikeAtOnce(fault)
  }

  /** Faults that are a deed rather than a condition strike the moment they are turned on, and are over. */
  const strikeAtOnce = (fault: ActiveFault): void => {
    const { spec } = fault
    if (spec.kind === 'freeze_links') {
      for (const link of [...gateway.links.all()])
        if (spec.appId === undefined || link.bot?.appId === spec.appId) gateway.links.freeze(link, 'self', true)
      return
    }
    if (spec.kind === 'gateway' && spec.on === 'now') gateway.strikeNow(spec)
    else if (spec.kind === 'forget_sessions') for (const bot of botsOf(spec.appId)) gateway.forgetSessions(bot)
    else if (spec.kind === 'revoke_token') for (const bot of botsOf(spec.appId)) revokeTokens(bot.tokens)
    else return
    faults.remove(fault.id)
  }

  const tell = (bot: Bot, chat: Chat, events: readonly LifecycleEvent[]): void => {
    for (const { type, d } of events) {
      const id = ids.eventId(type)
      addSource(bot, { id, via: 'event_id', eventType: type, chat, atMs: now() })
      gateway.dispatch(bot, type, d, id)
    }
  }

  const platform: Platform = {
    world,
    rest,
    gateway,
    inbox: createInbox(world, gateway),
    interactions,
    binding,
    hosted,
    addBot(spec) {
      const bot = createBot(spec, ids, world.options.sessionStarts.windowMs)
      world.bots.set(spec.appId, bot)
      world.conceal(spec.secret)
      return bot
    },
    bot(appId) {
      const only = appId === undefined && world.bots.size === 1 ? world.bots.values().next().value : undefined
      const bot = only ?? world.bots.get(appId ?? '')
      if (!bot) throw new Error(appId === undefined ? 'say which bot: there is not exactly one' : `no bot ${appId}`)
      return bot
    },
    setPerson(bot, name, settings) {
      const person = personNamed(world, bot, name)
      tell(bot, person, applyPersonSettings(person, settings, now()))
      return person
    },
    setGroup(bot, name, settings) {
      const group = groupNamed(world, bot, name)
      tell(bot, group, applyGroupSettings(world, group, settings))
      return group
    },
    push: (bot, type, d, id) => gateway.dispatch(bot, type, d, id ?? ids.eventId(type)),
    fault: (spec, name) => faults.add(spec, name),
    clearFaults() {
      faults.clear()
      thaw()
    },
    get hostMode() {
      return hostMode
    },
    get nextDueMs() {
      return agenda.nextDueMs
    },
    runDue: () => agenda.run(now()),
    advance(byMs) {
      aheadMs += byMs
      agenda.run(now())
    },
    reset() {
      platform.clearFaults()
      for (const link of [...gateway.links.all()]) gateway.links.destroy(link)
      agenda.clear()
      world.tokenOwners.clear()
      for (const { spec } of [...world.bots.values()]) platform.addBot(spec)
      record.clear()
    },
  }
  return platform
}
