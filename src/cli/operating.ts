/** The commands of those who run it, as commander sees them. */
import { type Command, Option } from 'commander'
import type { Cli } from './context.ts'

type Done = (exitCode: number) => void

export function addOperating(program: Command, cli: () => Cli, done: Done): void {
  addSteering(program, cli, done)
  addService(program, cli, done)
  addConfig(program, cli, done)
  addSetup(program, cli, done)
  addImport(program, cli, done)
  program
    .command('log-level')
    .description('how much the running gateway says; or, until its next start or reload, says from now on')
    .argument('[level]', 'debug, info, warn, error or silent')
    .argument('[room]', 'one room alone, such as journal or delivery')
    .option('--json', 'for programs')
    .action(async (level: string | undefined, room: string | undefined, options) =>
      done(await (await import('./steer/log-level.ts')).logLevel(cli(), level, room, options)),
    )
  program
    .command('send')
    .description('a message of its own accord, through the running gateway; exit 0 when the platform has taken it')
    .argument('<chat>', '<account>:<kind>:<id>, such as qqbot:c2c:OPENID; kind is c2c, group, channel or dm')
    .argument('<text>', 'what is said')
    .option('--key <key>', 'the same key again sends nothing again')
    .option('--json', 'for programs')
    .action(async (chat: string, text: string, options) =>
      done(await (await import('./steer/send.ts')).send(cli(), chat, text, options)),
    )
  program
    .command('incident')
    .description('why an account was down: time line, evidence, attempts, what healed it; fit to be pasted')
    .argument('[which]', 'last, list, a number of the list, or that of a turn that failed', 'last')
    .option('--json', 'for programs')
    .action(async (which: string, options) =>
      done(await (await import('./look/incident.ts')).incident(cli(), which, options)),
    )
  program
    .command('backup')
    .description('journal and settings into a folder, also while the gateway runs')
    .argument('[dir]', 'a new folder (default: one in <home>/backups)')
    .option('--json', 'for programs')
    .action(async (dir: string | undefined, options) =>
      done((await import('./steer/backup.ts')).backup(cli(), dir, options)),
    )
  program
    .command('restore')
    .description('take a backup back, also while the gateway runs: it begins again with it')
    .argument('<path>', 'what `herald backup` made, or a journal alone, such as the copy of before an upgrade')
    .option('--yes', 'do it; without, it is only checked')
    .action(async (path: string, options) =>
      done(await (await import('./steer/backup.ts')).restore(cli(), path, options)),
    )
  program
    .command('dashboard')
    .description('the address of the page that shows all of it; its key lets it change things')
    .option('--no-key', 'without the key: to look only')
    .action(async options => done(await (await import('./look/dashboard.ts')).dashboard(cli(), options)))
  program
    .command('doctor')
    .description('look at everything around the gateway, with a cure for what is wrong; exit 1 when something is')
    .option('--json', 'for programs')
    .action(async options => done(await (await import('./doctor/doctor.ts')).doctor(cli(), options)))
}

function addConfig(program: Command, cli: () => Cli, done: Done): void {
  const config = program.command('config').description('the settings: what they are, and whether they are right')
  config
    .command('explain')
    .description('value and source of each setting, or of one')
    .argument('[key]', 'such as gateway.http.port, or a section such as platforms.qqbot')
    .option('--json', 'for programs')
    .action(async (key: string | undefined, options) =>
      done(await (await import('./config.ts')).explain(cli(), key, options)),
    )
  config
    .command('check')
    .description('whether `run` would take them; exit 0, or 78 and one line with the cure')
    .option('--json', 'for programs')
    .action(async options => done(await (await import('./config.ts')).check(cli(), options)))
  config
    .command('schema')
    .description('the JSON Schema of config.yaml, for editors')
    .action(async () => done(await (await import('./config.ts')).schema(cli())))
}

function addSteering(program: Command, cli: () => Cli, done: Done): void {
  program
    .command('reload')
    .description('read the settings again; a mistake in them changes nothing; exit 78 then')
    .option('--json', 'for programs')
    .action(async options => done(await (await import('./steer/reload.ts')).reload(cli(), options)))
  const steers = [
    ['pause', 'end the link of one account, until it is resumed or Herald starts anew'],
    ['resume', 'let a paused or parked account live again'],
  ] as const
  for (const [verb, description] of steers)
    program
      .command(verb)
      .description(description)
      .argument('<account>', 'such as qqbot or qqbot:work')
      .option('--json', 'for programs')
      .action(async (account: string, options) =>
        done(await (await import('./steer/steer.ts')).steer(cli(), verb, account, options)),
      )
  program
    .command('restart')
    .description('end the link of one account and make a new one; without an account, start the service anew')
    .argument('[account]', 'such as qqbot or qqbot:work')
    .option('--system', 'the service of the system, not of this user')
    .option('--json', 'for programs (with an account)')
    .action(async (account: string | undefined, options) => {
      if (account === undefined) done(await (await import('./service.ts')).steerService(cli(), 'restart', options))
      else done(await (await import('./steer/steer.ts')).steer(cli(), 'restart', account, options))
    })
}

function addService(program: Command, cli: () => Cli, done: Done): void {
  const ofSystem = ['--system', 'the service of the system, not of this user (as root)'] as const
  program
    .command('install')
    .description('make it a service of the operating system, start it, and try that it comes back')
    .option(...ofSystem)
    .action(async options => done(await (await import('./service.ts')).install(cli(), options)))
  program
    .command('uninstall')
    .description('stop the service and remove it; the home stays as it is')
    .option(...ofSystem)
    .action(async options => done(await (await import('./service.ts')).uninstall(cli(), options)))
  for (const verb of ['start', 'stop'] as const)
    program
      .command(verb)
      .description(`${verb} the service`)
      .option(...ofSystem)
      .action(async options => done(await (await import('./service.ts')).steerService(cli(), verb, options)))
  program
    .command('logs')
    .description('the log of the service')
    .option('-f, --follow', 'go on with what comes')
    .option(...ofSystem)
    .action(async options => done(await (await import('./service.ts')).logs(cli(), options)))
}

function addSetup(program: Command, cli: () => Cli, done: Done): void {
  const list = (text: string): readonly string[] => text.split(/\s+/).filter(word => word !== '')
  program
    .command('setup')
    .description('set up a bot by questions, or with --yes by flags alone; what is there already is kept')
    .option('--yes', 'ask nothing')
    .option('--account <account>', 'qqbot, or for a further bot qqbot:<name>', 'qqbot')
    .option('--app-id <id>', "the bot's app id (or QQ_APP_ID)")
    .option('--secret <secret>', "the bot's secret (QQ_CLIENT_SECRET is seen by fewer eyes)")
    .option('--qr', 'credentials by a QR code')
    .option('--host <host>', "sgroup, bot or sandbox of the platform's hosts, or the address of another one")
    .option('--api-base <url>', 'another address for messages and the gateway alone')
    .option('--token-url <url>', 'another address for tokens alone')
    .option('--bind-base <url>', 'another address for the QR code alone')
    .option('--transport <transport>', 'websocket (Herald dials) or webhook (QQ calls)')
    .option('--webhook-url <url>', 'the address that QQ shall call; a reverse proxy stands there')
    .option('--webhook-port <port>', 'the port that it is passed to')
    .option('--webhook-path <path>', "the path that it is passed to, where it is not the address's own")
    .option('--agent <type>', 'echo, openai, acp, command or http')
    .option('--agent-url <url>', 'of openai and http')
    .option('--agent-model <model>', 'of openai')
    .option('--agent-key <key>', 'of openai')
    .option('--agent-command <line>', 'of acp and command: the program and its arguments', list)
    .option('--dm-policy <policy>', 'pairing, allowlist, open or disabled')
    .option('--group-policy <policy>', 'allowlist, open or disabled')
    .option('--allow-users <ids>', 'openids, separated by commas')
    .option('--allow-groups <ids>', 'openids of groups, separated by commas')
    .addOption(new Option('--language <language>', 'of the questions').choices(['zh', 'en']))
    .option('--service', 'install the service afterwards')
    .option('--no-service', 'do not offer the service')
    .option('--no-check', 'write it without trying it first')
    .action(async options => done(await (await import('./setup/setup.ts')).setup(cli(), options)))
}

function addImport(program: Command, cli: () => Cli, done: Done): void {
  program
    .command('import')
    .description('take a bot over from another gateway')
    .command('hermes')
    .description(
      'credentials, lists and pairings of a Hermes home; shows what it will change, and changes nothing there',
    )
    .argument('[dir]', 'the home of Hermes (default: $HERMES_HOME, else ~/.hermes)')
    .option('--yes', 'write it')
    .action(async (dir: string | undefined, options) =>
      done(await (await import('./setup/import.ts')).importHermes(cli(), dir, options)),
    )
}
