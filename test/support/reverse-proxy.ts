/** What stands before a webhook: passes posts on to a port of this machine, or spoils them in a way that people's proxies do. */
import { createServer, request as httpRequest } from 'node:http'
import { createServer as createTcpServer, type Server } from 'node:net'
import { type CleanUp, cleanUp } from './clean-up.ts'

/** `strips`: its own headers only; `cuts_path`: everything to `/`; `rewrites`: the body parsed and written anew. */
export type Manner = 'passes' | 'strips' | 'cuts_path' | 'rewrites'

export interface ReverseProxy {
  readonly url: string
  manner: Manner
  stop(): Promise<void>
}

export async function reverseProxy(t: CleanUp, port: number): Promise<ReverseProxy> {
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const { manner } = proxy
      const whole = Buffer.concat(chunks)
      const body = manner === 'rewrites' ? JSON.stringify(JSON.parse(whole.toString()), null, 1) : whole
      const kept = Object.entries(incoming.headers).filter(([name]) => name !== 'content-length')
      const headers = manner === 'strips' ? {} : Object.fromEntries(kept)
      const path = manner === 'cuts_path' ? '/' : (incoming.url ?? '/')
      const onward = httpRequest({ port, host: '127.0.0.1', method: 'POST', path, headers }, answer => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      })
      onward.on('error', () => outgoing.writeHead(502).end('<html>bad gateway</html>'))
      onward.end(body)
    })
  })
  const at = await listening(server)
  let stopped: Promise<void> | undefined
  const proxy: ReverseProxy = {
    url: `http://127.0.0.1:${at}`,
    manner: 'passes',
    stop() {
      stopped ??= new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      return stopped
    },
  }
  cleanUp(t, () => proxy.stop())
  return proxy
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createTcpServer()
  const port = await listening(server)
  await new Promise(resolve => server.close(resolve))
  return port
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}
