/** The gateway itself: whether it runs, how its accounts do, and whether its port is free for it. */
import { createServer } from 'node:net'
import type { Config } from '../../config/config.ts'
import type { AccountStatus, StatusDocument } from '../../gateway/status/status-document.ts'
import { causeOf } from '../../pages/causes.js'
import { readVersion } from '../../wiring/version.ts'
import type { Cli } from '../context.ts'
import { findOut } from '../look/status.ts'
import { bad, doubt, type Finding, ok } from './check.ts'

/** How the version that is installed comes to serve. */
const BEGIN_ANEW = '`herald restart` (the service), or end it and `herald run`'
const SWITCHED_OFF: ReadonlySet<string> = new Set(['paused', 'disabled'])

export async function checkGateway(cli: Cli, config: Config | undefined): Promise<readonly Finding[]> {
  const finding = await findOut(cli)
  if (finding.kind === 'present') return [...running(finding.document), ...portOf(finding.document)]
  if (finding.kind === 'unknown')
    return [
      bad(
        'gateway',
        finding.message,
        finding.cure ?? 'see `herald logs`; a frozen one is ended by its watchdog, or by `kill -9`',
      ),
    ]
  const free = config === undefined ? [] : await checkPort(config)
  return [doubt('gateway', 'not running', '`herald start` (the service) or `herald run`'), ...free]
}

/** What helps where the platform keeps something from an account, by its name in status. */
const LIMIT_CURES: Readonly<Record<string, string>> = {
  intents: 'ask for it on q.qq.com, and tick the events there; the rest works',
  token: 'see to the network and the address of tokens: without a new one the account is down when this one ends',
  sessions:
    '`herald incident list` shows what starts so many; when they are used up the account waits for the next day',
  streaming: 'nothing, answers come whole; or ask for it on q.qq.com',
}

function running(document: StatusDocument): readonly Finding[] {
  const accounts = Object.entries(document.platforms).map(([account, its]) => {
    const what = `link of ${account}`
    const cause = [its.error_code, its.error_message].filter(part => part !== null).join(': ')
    if (its.state === 'connected' || SWITCHED_OFF.has(its.state)) return ok(what, its.state)
    const found = cause === '' ? its.state : `${its.state} (${cause})`
    const cure = its.hint ?? 'nothing yet: it is tried again by itself'
    return its.state === 'fatal' || its.state === 'disconnected' ? bad(what, found, cure) : doubt(what, found, cure)
  })
  const limits = Object.entries(document.platforms).flatMap(([account, its]) => limitsOf(account, its))
  return [processOf(document), ...accounts, ...limits, ...troublesIn(document)]
}

function limitsOf(account: string, { state, proof, limits = {} }: AccountStatus): readonly Finding[] {
  const what = (name: string): string => `${name} of ${account}`
  const all = Object.entries(limits).map(([name, words]) =>
    doubt(what(name), words, LIMIT_CURES[name] ?? 'ask for it on q.qq.com; the rest works'),
  )
  // Callbacks are of the events that were ticked on the platform's console: nobody is told which.
  const areGranted = state === 'connected' && proof === undefined && limits['intents'] === undefined
  return areGranted ? [ok(what('intents'), 'all that are asked for are granted'), ...all] : all
}

/** What the gateway itself knows to be wrong beside its links. */
function troublesIn({ agents = {}, alerts, state_file: stateFile, settings }: StatusDocument): readonly Finding[] {
  const failing = Object.entries(agents).filter(([, { state }]) => state === 'failing')
  return [
    ...failing.map(([name, { error }]) => {
      const cure = causeOf(error?.split(':', 1)[0] ?? '', 'en')?.cure
      return bad(`answers of ${name}`, error ?? 'it fails', cure ?? '`herald incident` and the log say more')
    }),
    ...(isWell(stateFile)
      ? []
      : [bad('state file', stateFile, 'make room, or give the home to the user of the gateway')]),
    ...(isWell(alerts)
      ? []
      : [bad('alerts', alerts, 'correct that channel under `alerts.to`, or mend what it leads to')]),
    ...(settings?.error == null
      ? []
      : [
          bad(
            'settings in force',
            `the last good ones; newer are refused: ${settings.error}`,
            'correct them, then `herald reload`',
          ),
        ]),
    ...(settings === undefined || settings.next_start.length === 0
      ? []
      : [
          doubt(
            'settings in force',
            `changes of ${settings.next_start.join(', ')} wait for the next start`,
            BEGIN_ANEW,
          ),
        ]),
  ]
}

function isWell(part: string | undefined): part is 'ok' | undefined {
  return part === undefined || part === 'ok'
}

/** Npm puts a new version in the place of the old one, which runs on until it is started anew. */
function processOf({ gateway_state: state, pid, version }: StatusDocument): Finding {
  const installed = readVersion()
  if (version === installed) return ok('gateway', `${state}, process ${pid}`)
  return doubt('gateway', `${state}, process ${pid}, running ${version}, installed ${installed}`, BEGIN_ANEW)
}

function portOf({ http }: StatusDocument): readonly Finding[] {
  if (http === undefined) return []
  if (!http.startsWith('failed')) return [ok('http', http)]
  return [bad('http', http, 'end the program that has the port, or choose another gateway.http.port')]
}

async function checkPort({ gateway: { http } }: Config): Promise<readonly Finding[]> {
  if (http === null || http.port === 0) return []
  const trouble = await listenTrouble(http.host, http.port)
  const where = `${http.host}:${http.port}`
  if (trouble === undefined) return [ok('http', `${where} is free`)]
  const cure = 'end the program that has it, or choose another gateway.http.port'
  return [bad('http', `${where} cannot be listened on (${trouble})`, cure)]
}

function listenTrouble(host: string, port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const server = createServer()
    server.on('error', error => resolve('code' in error ? String(error.code) : error.message))
    server.listen({ host, port }, () => server.close(() => resolve(undefined)))
  })
}
