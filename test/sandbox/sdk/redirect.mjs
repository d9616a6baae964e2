/**
 * Preloaded into a bot's process: calls to the platform's hard-coded hosts go to the sandbox instead, anything else that is
 * not on this machine is refused. The SDK itself stays as it is.
 */
import http from 'node:http'
import https from 'node:https'
import { syncBuiltinESMExports } from 'node:module'
import { urlToHttpOptions } from 'node:url'

const sandbox = new URL(process.env.SANDBOX_URL)
const PLATFORM_HOSTS = new Set([
  'api.sgroup.qq.com',
  'sandbox.api.sgroup.qq.com',
  'bots.qq.com',
  'api.bot.qq.com',
  'q.qq.com',
])

function optionsOf(args) {
  const [first, second] = args
  const base =
    typeof first === 'string'
      ? urlToHttpOptions(new URL(first))
      : first instanceof URL
        ? urlToHttpOptions(first)
        : first
  return typeof second === 'object' && second !== null ? { ...base, ...second } : { ...base }
}

const plainRequest = http.request

function request(...args) {
  const callback = args.find(arg => typeof arg === 'function')
  const options = optionsOf(args)
  const host = options.hostname ?? String(options.host ?? '').replace(/:\d+$/, '')
  if (host === sandbox.hostname) return plainRequest(...args)
  if (!PLATFORM_HOSTS.has(host)) throw new Error(`this bot wanted to talk to ${host}`)
  const { agent: _agent, headers, ...rest } = options
  const kept = Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => name.toLowerCase() !== 'host'))
  return plainRequest(
    {
      ...rest,
      protocol: 'http:',
      host: sandbox.hostname,
      hostname: sandbox.hostname,
      port: sandbox.port,
      headers: kept,
    },
    callback,
  )
}

function get(...args) {
  const started = request(...args)
  started.end()
  return started
}

for (const module of [http, https]) {
  module.request = request
  module.get = get
}
syncBuiltinESMExports()

const plainFetch = globalThis.fetch

globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : String(input))
  if (url.host !== sandbox.host) {
    if (!PLATFORM_HOSTS.has(url.hostname)) throw new Error(`this bot wanted to talk to ${url.hostname}`)
    url.protocol = sandbox.protocol
    url.host = sandbox.host
  }
  return plainFetch(input instanceof Request ? new Request(url, input) : url, init)
}
