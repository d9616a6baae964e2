/** Opens what one home holds: settings, journal, agent, accounts, and the gateway around them. */
import { join } from 'node:path'
import { createStreamPost } from '../agents/stream/http-stream.ts'
import type { Config } from '../config/config.ts'
import { type ConfigSource, loadConfig } from '../config/load.ts'
import type { AllDown } from '../gateway/lives/runner.ts'
import { claimBot, type LockOptions } from '../gateway/process/locks/instance-lock.ts'
import type { AgentStatus, StatusDocument } from '../gateway/status/status-document.ts'
import { JOURNAL_FILE_NAME } from '../journal/journal.ts'
import { openJournal } from '../journal/sqlite.ts'
import type { Clock } from '../lib/clock.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { createRequest } from '../lib/net/http.ts'
import { proxyAt, proxyFromEnv } from '../lib/net/proxy.ts'
import { createReach } from '../lib/net/reach.ts'
import { createDial } from '../lib/net/socket.ts'
import type { Random } from '../lib/random.ts'
import type { Redactor } from '../lib/redact.ts'
import { createMedia, type Media, type MediaDeps } from '../media/create-media.ts'
import { createJournalMeter } from '../observe/journal/meter.ts'
import { watchJournal } from '../observe/journal/watch.ts'
import type { Metric } from '../observe/prometheus.ts'
import type { AccountId } from '../platforms/platform.ts'
import { createWebhookListeners } from '../platforms/qqbot/webhook/listeners.ts'
import { lastChanges } from './former.ts'
import { createGateway, type Gateway } from './gateway.ts'
import { createReload, type ReloadAnswer } from './reload.ts'
import { createAccounts } from './rooms/accounts.ts'
import { agentStatuses, openAgents } from './rooms/agents.ts'
import { openHooks } from './rooms/hooks.ts'
import { openTraces } from './rooms/traces.ts'
import { type LiveSettings, openSettings } from './settings.ts'

export interface HomeDeps {
  /** The home by its real path. */
  readonly source: ConfigSource
  readonly lock: LockOptions
  /** The last status of a process that ended without last words. */
  readonly former?: StatusDocument | undefined
  readonly clock: Clock
  readonly random: Random
  readonly redactor: Redactor
  readonly log: Logger
  readonly supervised: boolean
  readonly version: string
  /** A bot that has no owner can be taken by whoever sends it this code. */
  announceOwner(account: AccountId, code: string): void
  onChange(): void
  /** Other settings are in force than before. */
  onAdopted(config: Config): Promise<void>
  /** Carries out what has to be done in one piece, however long it takes. */
  patiently(work: () => void): void
  onVerdict(verdict: AllDown): void
  onBug(thrown: unknown): void
}

export interface OpenHome {
  readonly settings: LiveSettings
  readonly gateway: Gateway
  /** Throws `OwnedElsewhereError` where other processes have all bots. */
  claimBots(): Promise<void>
  /** Reads the settings again and puts them in force, unless anything is wrong with them. `by`: who asks. */
  reload(by: string): Promise<ReloadAnswer>
  /** How each agent is, by name; computed now. */
  agents(): Readonly<Record<string, AgentStatus>>
  /** What became of messages and replies since the start. */
  metrics(): readonly Metric[]
  /** Gives the bots free for other processes, and sends the last traces. The gateway is to be drained before. */
  release(): Promise<void>
}

/** Throws `ConfigError`, or `JournalOpenError`: no restart mends either. No network call is made yet. */
export async function openHome(deps: HomeDeps): Promise<OpenHome> {
  const { source, clock, random, redactor, log } = deps
  const settings = await openSettings({
    load: () => loadConfig(source),
    redactor,
    clock,
    log,
    onChange: deps.onChange,
  })
  const config = settings.current

  const proxy = proxyFromEnv(source.env)
  for (const secret of proxy?.secrets ?? []) redactor.add(secret)
  const request = createRequest(clock, proxy)
  const store = openJournal({
    path: join(source.home, JOURNAL_FILE_NAME),
    clock,
    log: log.child({ room: 'journal' }),
    patiently: work => deps.patiently(work),
  })
  const meter = createJournalMeter(clock)
  const traces = openTraces(config.traces, {
    clock,
    log,
    request,
    version: deps.version,
    redact: text => redactor.redact(text),
    onBug: deps.onBug,
  })
  const journal = watchJournal(store, clock, [meter.watcher, ...traces.watchers])
  for (const change of deps.former === undefined ? [] : lastChanges(deps.former))
    journal
      .recordTransition(change)
      .catch((thrown: unknown) =>
        log.warn('the end of the former process is not in the journal', { reason: describeError(thrown) }),
      )
  const homeAgents = openAgents(config, source.home, {
    clock,
    random,
    log: log.child({ room: 'agent' }),
    stream: createStreamPost(proxy),
    request,
    reach: createReach(proxy),
    env: source.env,
    memory: journal,
  })
  const { agents } = homeAgents
  const media = openMedia(config, source.home, () => accounts.apiBases(), {
    clock,
    request,
    log: log.child({ room: 'media' }),
  })
  const hooks = openHooks(config, source.home, { clock, log: log.child({ room: 'conversation' }), env: source.env })
  const accounts = createAccounts({
    config,
    media: media.door,
    listeners: createWebhookListeners(log.child({ room: 'webhook' })),
    reload: () => settings.read(),
    claimBot: appId => claimBot(appId, deps.lock),
    redactor,
    netThrough: address => ({
      dial: createDial(clock, proxyAt(address)),
      request: createRequest(clock, proxyAt(address)),
    }),
  })
  const gateway = createGateway({
    clock,
    random,
    log,
    net: { dial: createDial(clock, proxy), request },
    journal,
    agent: agents,
    accounts,
    settings: settings.gateway,
    media,
    hooks: hooks.hooks,
    supervised: deps.supervised,
    redact: text => redactor.redact(text),
    announceOwner: deps.announceOwner,
    onChange: deps.onChange,
    onVerdict: deps.onVerdict,
    onBug: deps.onBug,
  })
  return {
    settings,
    gateway,
    claimBots: () => accounts.claimBots(),
    reload: createReload({
      settings,
      accounts,
      agents: homeAgents,
      hooks,
      gateway,
      log,
      onAdopted: deps.onAdopted,
      onChange: deps.onChange,
    }),
    agents: () => agentStatuses(agents, text => redactor.redact(text)),
    metrics: meter.metrics,
    async release() {
      await Promise.all([accounts.release(), traces.close()])
    },
  }
}

function openMedia(config: Config, home: string, ownBases: () => readonly string[], deps: MediaDeps): Media {
  const { largestBytes, quotaBytes, downloadMs, fakeIpDns, allowedFolders } = config.media
  const folder = join(home, 'media')
  return createMedia(
    {
      inFolder: join(folder, 'in'),
      outFolders: allowedFolders.length > 0 ? allowedFolders : [join(folder, 'out')],
      quotaBytes,
      largestBytes,
      downloadMs,
      fakeIpDns,
      ownBases,
      ...(config.speech === null ? {} : { speech: config.speech }),
    },
    deps,
  )
}
