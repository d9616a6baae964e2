/** A small HTTP proxy: requests in absolute form, upgrades, and tunnels. */
import { createServer, request as requestOverHttp } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { type CleanUp, cleanUp } from '../../support/clean-up.ts'

export interface TestProxy {
  /** `127.0.0.1:<port>`. */
  readonly host: string
  /** What it was asked for, such as `GET http://…` or `CONNECT host:port`. */
  readonly asked: readonly string[]
  /** `Proxy-Authorization` of the last request. */
  readonly authorization: string | undefined
}

export async function startProxy(t: CleanUp): Promise<TestProxy> {
  const asked: string[] = []
  let authorization: string | undefined
  const server = createServer((incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url}`)
    authorization = incoming.headers['proxy-authorization']
    const url = new URL(incoming.url ?? '')
    const outgoing = requestOverHttp(url, { method: incoming.method, headers: incoming.headers }, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    incoming.pipe(outgoing)
  })
  server.on('upgrade', (incoming, client) => {
    asked.push(`UPGRADE ${incoming.url}`)
    const url = new URL(incoming.url ?? '')
    const target = connect(Number(url.port), url.hostname, () => {
      const headers = Object.entries(incoming.headers).map(([name, value]) => `${name}: ${String(value)}`)
      target.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
      target.pipe(client)
      client.pipe(target)
    })
    target.on('error', () => client.destroy())
    client.on('error', () => target.destroy())
  })
  server.on('connect', (incoming, client) => {
    asked.push(`CONNECT ${incoming.url}`)
    const { hostname, port } = new URL(`http://${incoming.url}`)
    const target = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      target.pipe(client)
      client.pipe(target)
    })
    target.on('error', () => client.destroy())
    client.on('error', () => target.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  cleanUp(t, () => {
    server.closeAllConnections()
    server.close()
  })
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    get authorization() {
      return authorization
    },
  }
}
