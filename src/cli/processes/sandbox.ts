import { watchSignals } from '../../gateway/process/signals.ts'
import { describeError } from '../../lib/errors.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { type Cli, CODE, CommandError } from '../context.ts'

export interface SandboxFlags {
  readonly port?: number
  readonly controlPort?: number
  readonly appId: string
  readonly secret: string
  readonly webhook?: string
  readonly json?: boolean
}

/** The QQ platform in a box, until a signal ends it. */
export async function sandbox(cli: Cli, flags: SandboxFlags): Promise<number> {
  const platform = await open(flags)
  // Whoever reads the address may end it at once.
  const ended = asked(cli)
  cli.print(flags.json ? JSON.stringify(addresses(platform, flags)) : describe(platform, flags))
  await ended
  await platform.stop()
  return CODE.ok
}

async function open({ port = 0, controlPort = 0, appId, secret, webhook }: SandboxFlags): Promise<Sandbox> {
  try {
    return await startSandbox({ port, controlPort, bots: [{ appId, secret, webhook }] })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw new CommandError(
      CODE.no,
      `the sandbox cannot listen (${describeError(error)}); choose another --port or --control-port`,
    )
  }
}

function addresses({ url, tokenUrl, controlUrl }: Sandbox, { appId, secret }: SandboxFlags): Record<string, string> {
  return {
    page: controlUrl,
    host: url,
    api_base: url,
    token_url: tokenUrl,
    control: controlUrl,
    app_id: appId,
    client_secret: secret,
  }
}

function describe(platform: Sandbox, { appId, secret }: SandboxFlags): string {
  return [
    `A QQ platform in a box. Chat page: ${platform.controlUrl}`,
    '',
    'Point a bot at it:',
    `  QQ_HOST=${platform.url}`,
    `  QQ_APP_ID=${appId}`,
    `  QQ_CLIENT_SECRET=${secret}`,
    '',
    `Control interface: ${platform.controlUrl}/sandbox/…`,
    'Ctrl-C ends it.',
  ].join('\n')
}

function asked({ clock, env }: Cli): Promise<void> {
  return new Promise(resolve => {
    watchSignals({
      source: process,
      clock,
      env,
      parentPid: () => process.ppid,
      onStop: () => resolve(),
      onImpatience: () => process.exit(CODE.ok),
      onReload: () => {},
    })
  })
}
