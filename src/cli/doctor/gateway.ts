/** The gateway itself: whether it runs, how its accounts do, and whether its port is free for it. */
import { createServer } from 'node:net'
import type { Config } from '../../config/config.ts'
import type { StatusDocument } from '../../gateway/status/status-document.ts'
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
      bad('gateway', finding.message, 'see `herald logs`; a frozen one is ended by its watchdog, or by `kill -9`'),
    ]
  const free = config === undefined ? [] : await checkPort(config)
  return [doubt('gateway', 'not running', '`herald start` (the service) or `herald run`'), ...free]
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
  return [processOf(document), ...accounts]
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
