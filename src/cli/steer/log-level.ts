import { isRecord, type Json } from '../../lib/json.ts'
import { ask, notRunning } from '../ask.ts'
import { type Cli, CODE } from '../context.ts'

/** Shows how much the running gateway says, or changes it until its next start or reload. */
export async function logLevel(
  cli: Cli,
  level: string | undefined,
  room: string | undefined,
  { json = false }: { readonly json?: boolean } = {},
): Promise<number> {
  const change: Json = { level: level ?? '', ...(room === undefined ? {} : { room }) }
  const answer = level === undefined ? await ask(cli, 'GET', '/log') : await ask(cli, 'POST', '/log', change)
  if (answer === undefined) throw notRunning(cli)
  if (json) {
    cli.print(JSON.stringify(answer))
    return CODE.ok
  }
  const { level: all, rooms } = isRecord(answer) ? answer : {}
  const own = Object.entries(isRecord(rooms) ? rooms : {}).map(([name, its]) => `${name} ${String(its)}`)
  cli.print([`level ${String(all)}`, ...own].join(', '))
  return CODE.ok
}
