/** The doors of the running gateway: the control socket for commands, HTTP for whoever watches. */
import { createDashboard, type Dashboard } from '../../dashboard/dashboard.ts'
import { keepKey } from '../../dashboard/key.ts'
import type { LiveLog } from '../../dashboard/live-log.ts'
import { serveControl } from '../../gateway/control/control.ts'
import type { DrainStep } from '../../gateway/process/drain.ts'
import type { StatusDocument } from '../../gateway/status/status-document.ts'
import type { Clock } from '../../lib/clock.ts'
import { describeError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Redactor } from '../../lib/redact.ts'
import { createControlHandler } from '../../observe/control-routes.ts'
import { type HttpServer, PortTakenError, serveHttp } from '../../observe/http.ts'
import type { LogLevels } from '../../observe/log-levels.ts'
import { renderMetrics } from '../../observe/metrics.ts'
import { createProcessFigures } from '../../observe/process-figures.ts'
import type { OpenHome } from '../open.ts'

export interface DoorsDeps {
  readonly home: string
  readonly log: Logger
  readonly levels: LogLevels
  readonly lines: LiveLog
  readonly clock: Clock
  readonly redactor: Redactor
  readonly opened: OpenHome
  beginAgain(by: string): void
  status(): StatusDocument
}

export interface Doors {
  /** For the status document: where it listens, `off`, or why it does not. */
  readonly httpStatus: string
  /** The status has news. */
  changed(): void
  /** They close first, so that nobody asks a gateway that is ending. */
  readonly drainSteps: readonly DrainStep[]
}

/**
 * Throws where the control socket cannot be made, and `PortTakenError` for a taken port that the configuration names. Without
 * HTTP the gateway goes on: status says so.
 */
export async function openDoors(deps: DoorsDeps): Promise<Doors> {
  const { home, log, redactor, status } = deps
  const { gateway, settings } = deps.opened
  const verbs = createControlHandler(
    {
      status,
      trace: id => gateway.trace(id),
      said: (chat, member) => gateway.said(chat, member),
      history: sinceMs => gateway.history(sinceMs),
      dead: () => gateway.dead(),
      retry: id => gateway.retryDead(id),
      drop: id => gateway.dropDead(id),
      pause: account => gateway.lives.pause(account),
      resume: account => gateway.lives.resume(account),
      restart: account => gateway.lives.restart(account),
      pairing: gateway.pairing,
      accounts: () => settings.current.accounts.map(({ account }) => account),
      reload: by => deps.opened.reload(by),
      beginAgain: by => deps.beginAgain(by),
      levels: deps.levels,
      send: order => gateway.sender.send(order),
    },
    text => redactor.redact(text),
  )
  const control = await serveControl(home, verbs, log)
  const figures = createProcessFigures(process)
  const metrics = (): string =>
    renderMetrics({
      status: status(),
      counts: gateway.counts(),
      process: figures.read(),
      extras: deps.opened.metrics(),
    })

  const { http } = settings.gateway
  const dashboard = http === null ? undefined : openDashboard(deps, verbs)
  let server: HttpServer | undefined
  let httpStatus = 'off'
  if (http !== null)
    try {
      server = await serveHttp({ host: http.host, port: http.port, parts: { status, metrics, ...dashboard }, log })
      httpStatus = `listening on ${http.host}:${server.port}`
    } catch (error) {
      if (error instanceof PortTakenError && http.named) {
        await control.close()
        figures.stop()
        dashboard?.stop()
        throw error
      }
      httpStatus = `failed: ${describeError(error)}`
      log.warn('there is no HTTP interface', { reason: describeError(error) })
    }
  return {
    httpStatus,
    changed: () => dashboard?.changed(),
    drainSteps: [
      {
        name: 'doors',
        boundMs: 500,
        async run() {
          figures.stop()
          dashboard?.stop()
          await Promise.all([server?.close(), control.close()])
        },
      },
    ],
  }
}

function openDashboard(
  { home, log, redactor, opened, lines, clock, status }: DoorsDeps,
  verbs: ReturnType<typeof createControlHandler>,
): Dashboard {
  let key: string | undefined
  try {
    key = keepKey(home)
    redactor.add(key)
  } catch (error) {
    log.warn('the key of the dashboard cannot be kept; nothing can be changed through it', {
      reason: describeError(error),
    })
  }
  const { gateway } = opened
  return createDashboard({
    key,
    clock,
    log,
    lines,
    verbs,
    status,
    metrics: () => opened.metrics(),
    changes: (account, sinceMs, most) => gateway.changes(account, sinceMs, most),
  })
}
