import { readKey } from '../../dashboard/key.ts'
import { type Cli, CODE, CommandError } from '../context.ts'
import { findOut } from './status.ts'

/** The address of the dashboard. The key stands behind the `#`, which a browser sends to nobody. */
export async function dashboard(cli: Cli, { key: wantsKey = true }: { readonly key?: boolean }): Promise<number> {
  const finding = await findOut(cli)
  if (finding.kind !== 'present')
    throw new CommandError(
      finding.kind === 'unknown' ? CODE.unknown : CODE.notRunning,
      `${finding.message}; ${finding.cure ?? 'see `herald status`'}`,
    )
  const address = /^listening on (.+):(\d+)$/.exec(finding.document.http ?? '')
  if (address === null)
    throw new CommandError(
      CODE.no,
      `there is no dashboard: http is ${finding.document.http ?? 'off'}; see gateway.http`,
    )
  const [, host = '', port] = address
  // What listens everywhere is found here too.
  const here = host === '0.0.0.0' || host === '::' || host === '[::]' ? '127.0.0.1' : host
  const key = wantsKey ? readKey(cli.home) : undefined
  cli.print(`http://${here}:${port}/${key === undefined ? '' : `#key=${key}`}`)
  return CODE.ok
}
