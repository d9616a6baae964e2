/** Whoever gets alerts: an HTTP server, a mail server and a program, as small as they can be. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { join } from 'node:path'
import { type CleanUp, cleanUp } from '../support/clean-up.ts'

export interface Received {
  readonly method: string
  readonly path: string
  readonly body: string
}

/** Answers every request with the status that `statusOf` names. */
export async function httpReceiver(
  t: CleanUp,
  statusOf: (path: string) => number = () => 200,
): Promise<{ readonly url: string; readonly got: readonly Received[] }> {
  const got: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', chunk => (body += chunk))
    request.on('end', () => {
      const { method = '', url = '' } = request
      got.push({ method, path: url, body })
      response.writeHead(statusOf(url)).end()
    })
  })
  return { url: `http://127.0.0.1:${await listening(t, server)}`, got }
}

/** Takes every mail; answers to each command as RFC 5321 has it. */
export async function mailReceiver(t: CleanUp): Promise<{ readonly port: number; readonly mails: readonly string[] }> {
  const mails: string[] = []
  const server = createTcpServer(socket => {
    let rest = ''
    let mail: string[] | undefined
    socket.on('error', () => {})
    socket.write('220 box.test\r\n')
    socket.setEncoding('utf8').on('data', chunk => {
      const lines = (rest + chunk).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (mail !== undefined) {
          if (line !== '.') mail.push(line)
          else {
            mails.push(mail.join('\n'))
            mail = undefined
            socket.write('250 taken\r\n')
          }
        } else if (line === 'DATA') {
          mail = []
          socket.write('354 go on\r\n')
        } else if (line === 'QUIT') socket.end('221 bye\r\n')
        else socket.write('250 ok\r\n')
      }
    })
  })
  return { port: await listening(t, server), mails }
}

/** A program that keeps every line that it is told. */
export function programReceiver(folder: string): { readonly command: string; got(): readonly string[] } {
  const [command, kept] = [join(folder, 'told.sh'), join(folder, 'told.txt')]
  writeFileSync(command, `#!/bin/sh\ncat >> '${kept}'\n`)
  chmodSync(command, 0o755)
  return {
    command,
    got: () =>
      existsSync(kept)
        ? readFileSync(kept, 'utf8')
            .split('\n')
            .filter(line => line !== '')
        : [],
  }
}

async function listening(t: CleanUp, server: Server): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  cleanUp(t, () => void server.close())
  return (server.address() as AddressInfo).port
}
