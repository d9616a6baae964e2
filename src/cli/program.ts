/** The command line as commander sees it, and how the process ends. */
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { describeError, describeWithCure, HeraldError } from '../lib/errors.ts'
import { readVersion } from '../wiring/version.ts'
import { type Cli, CODE, CommandError, type CommonFlags, createCli } from './context.ts'
import { addOperating } from './operating.ts'

const LONGEST_FLUSH_MS = 1000
/** Commands that are the gateway or the sandbox themselves; all others say something and end. */
const LONG_LIVED: ReadonlySet<string | undefined> = new Set(['run', 'demo', 'npm-start', 'sandbox'])
/** A command line that is wrong stays wrong: under a supervisor `run` must not be started again for it. */
const WRONG_SETTINGS = 78

/** Runs the command that the arguments name, and ends the process with its exit code. */
export async function main(): Promise<void> {
  const { stdout, stderr } = process
  let lost: Error | undefined
  // No trouble with its own words may end a gateway.
  stderr.on('error', () => {})
  stdout.on('error', error => {
    lost ??= error
  })
  const code = await outcome(process.argv)
  const livesLong = LONG_LIVED.has(commandOf(process.argv.slice(2)))
  await Promise.all([stdout, stderr].map(stream => flushed(stream, livesLong)))
  const failed = lost !== undefined && !livesLong && !isGone(lost)
  if (failed) stderr.write(`herald: the answer could not be written (${describeError(lost)})\n`)
  process.exit(failed && code === CODE.ok ? CODE.no : code)
}

/** A reader that went away (`herald status | head`) is no failure. */
function isGone(error: Error): boolean {
  return 'code' in error && (error.code === 'EPIPE' || error.code === 'ECONNRESET')
}

async function outcome(argv: readonly string[]): Promise<number> {
  let code: number = CODE.ok
  const program = createProgram(exit => {
    code = exit
  })
  try {
    await program.parseAsync(argv)
    return code
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      if (thrown.exitCode === 0) return CODE.ok
      return commandOf(argv.slice(2)) === 'run' ? WRONG_SETTINGS : CODE.usage
    }
    process.stderr.write(`herald: ${describeWithCure(thrown)}\n`)
    if (thrown instanceof CommandError) return thrown.exitCode
    return thrown instanceof HeraldError && thrown.code === 'config_invalid' ? WRONG_SETTINGS : CODE.no
  }
}

/** The command that was meant, also where a wrong flag before it kept commander from seeing it. */
function commandOf(words: readonly string[]): string | undefined {
  return words.find((word, at) => !word.startsWith('-') && !/^--(home|config)$/.test(words[at - 1] ?? ''))
}

type Done = (exitCode: number) => void

function createProgram(done: Done): Command {
  const program: Command = new Command('herald')
    .description('A gateway between chat platforms and AI agents.')
    .version(readVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help')
    .option(
      '--home <dir>',
      'the folder of state and settings (default: $HERALD_HOME, else ~/.herald)',
      given('a folder'),
    )
    .option('--config <file>', 'the settings (default: config.yaml in the home)', given('a file'))
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (text, write) => write(`herald: ${usageError(text, helpFor(program))}\n`) })
    .exitOverride()
    // No command has a use for one: a variable of a shell was not set.
    .hook('preAction', (_program, command) => {
      if (command.args.some(arg => arg.trim() === '')) command.error('error: an argument is empty')
    })
  const cli = (): Cli => createCli(program.opts<CommonFlags>())
  addGatewayCommands(program, cli, done)
  addVerbs(program, cli, done)
  return program
}

function addGatewayCommands(program: Command, cli: () => Cli, done: Done): void {
  program
    .command('run')
    .description('the gateway in the foreground, until SIGTERM or SIGINT')
    .action(async () => done(await (await import('./processes/run.ts')).run(cli())))
  program
    .command('demo')
    .description('try it without any setting: a QQ platform in a box, the gateway, and a chat page')
    .option('--port <port>', 'the port of the chat page (default: any)', toPort)
    .option('--no-open', 'do not open the page in a browser')
    .action(async options => done(await (await import('./processes/demo.ts')).demo(cli(), options)))
  program
    .command('npm-start', { hidden: true })
    .description('what `npm start` does: run with credentials, demo without')
    .action(async () => done(await (await import('./processes/npm-start.ts')).npmStart(cli())))
  program
    .command('sandbox')
    .description('the QQ platform in a box alone, for any bot')
    .option('--port <port>', 'the port of the platform (default: any)', toPort)
    .option('--control-port <port>', 'the port of the control interface (default: any)', toPort)
    .option('--app-id <id>', "the bot's app id", given('an app id'), '102000001')
    .option('--secret <secret>', "the bot's secret", given('a secret'), 'sandbox-secret')
    .option('--webhook <url>', 'where events are posted to, instead of over a WebSocket', toAddress)
    .option('--json', 'print the addresses as JSON')
    .action(async options => done(await (await import('./processes/sandbox.ts')).sandbox(cli(), options)))
}

function addVerbs(program: Command, cli: () => Cli, done: Done): void {
  program
    .command('status')
    .description(
      'the state of every account; exit 0 all connected (but those that are paused), 1 not all, 3 not running, 4 unknown',
    )
    .option('--json', 'for programs')
    .action(async options => done(await (await import('./look/status.ts')).status(cli(), options)))
  program
    .command('trace')
    .description('what became of one message')
    .argument('<message-id>', 'its id, the key of `herald send --key`, or the number of its incident')
    .option('--json', 'for programs')
    .action(async (id: string, options) => done(await (await import('./look/trace.ts')).trace(cli(), id, options)))

  program
    .command('export')
    .description('what was said in a chat, as far as it is kept')
    .argument('<chat>', 'such as qqbot:c2c:OPENID')
    .option('--member <id>', 'where each member of a group has a conversation of their own', given('an id'))
    .option('--json', 'for programs')
    .action(async (chat: string, options) =>
      done(await (await import('./look/export.ts')).exportChat(cli(), chat, options)),
    )

  const dead = program.command('dead').description('messages and replies that ended badly')
  dead
    .command('list', { isDefault: true })
    .description('show them')
    .option('--json', 'for programs')
    .action(async options => done(await (await import('./steer/dead.ts')).listDead(cli(), options)))
  const moves = { retry: 'take them back to work', drop: 'strike them out' }
  for (const [verb, description] of [
    ['retry', moves.retry],
    ['drop', moves.drop],
  ] as const)
    dead
      .command(verb)
      .description(description)
      .argument('[ids...]', 'as `herald dead list` shows them')
      .option('--all', 'all of them')
      .option('--json', 'for programs')
      .action(async (ids: string[], options) =>
        done(await (await import('./steer/dead.ts')).moveDead(cli(), verb, ids, options)),
      )

  addPairing(program, cli, done)
  addOperating(program, cli, done)
}

function addPairing(program: Command, cli: () => Cli, done: Done): void {
  const pairing = program.command('pairing').description('who is let in to private chats')
  pairing
    .command('list', { isDefault: true })
    .description('who is paired, and who asks to be')
    .option('--json', 'for programs')
    .action(async options => done(await (await import('./steer/pairing.ts')).listPairing(cli(), options)))
  const verbs = [
    [
      'approve',
      '<code>',
      'the code that a stranger was given (or the id of somebody who was revoked)',
      'let somebody in',
    ],
    ['revoke', '<id>', 'as `herald pairing list` shows it', 'let somebody in no more'],
    ['block', '<id>', 'of anybody, such as a member of a group', 'let somebody in nowhere'],
    ['owner', undefined, '', 'a new code that makes whoever sends it to the bot its owner'],
  ] as const
  for (const [verb, argument, meaning, description] of verbs) {
    const command = pairing
      .command(verb)
      .description(description)
      .option('--account <account>', 'where there are several', given('an account'))
      .option('--json', 'for programs')
    const change = async (subject: string, options: { account?: string; json?: boolean }): Promise<void> =>
      done(await (await import('./steer/pairing.ts')).changePairing(cli(), verb, subject, options))
    if (argument === undefined) command.action(options => change('', options))
    else command.argument(argument, meaning).action(change)
  }
}

function toAddress(text: string): string {
  if (!/^https?:/.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError('It wants an address such as http://127.0.0.1:8760/qqbot.')
  return text
}

function toPort(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('It wants a number from 0 to 65535.')
  return port
}

const given =
  (what: string) =>
  (text: string): string => {
    if (text.trim() === '') throw new InvalidArgumentError(`It wants ${what}.`)
    return text
  }

/** The help of the command that was meant, where there is one. */
function helpFor(program: Command): string {
  const name = commandOf(process.argv.slice(2))
  return program.commands.some(each => each.name() === name) ? `herald help ${name}` : 'herald help'
}

/** Commander's complaint in one line of ours. */
function usageError(text: string, help: string): string {
  const [complaint = '', ...rest] = text
    .replace(/^error: /, '')
    .trim()
    .split('\n')
  const meant = /\(Did you mean (?:one of )?(.*)\?\)/.exec(rest.join(' '))?.[1]
  // To commander it is an argument of the one that is carried out where none is named.
  const what = complaint
    .replace(/\.$/, '')
    .replace(/^too many arguments for 'list'\. .*: (\S+?)(?:, .*)?$/, (tooMany, extra: string) =>
      wordBefore(extra) === 'list' ? tooMany : `unknown command '${extra}'`,
    )
  return meant === undefined ? `${what}; \`${help}\` shows what there is` : `${what}; did you mean ${meant}?`
}

/** On the command line, flags aside. */
function wordBefore(word: string): string | undefined {
  const words = process.argv.slice(2).filter(each => !each.startsWith('-'))
  return words[words.indexOf(word) - 1]
}

/** Resolves when what was written is out, or nobody takes it any more. A stop does not wait for readers that are stuck. */
function flushed(stream: NodeJS.WriteStream, isBounded: boolean): Promise<void> {
  return new Promise(resolve => {
    if (isBounded) setTimeout(resolve, LONGEST_FLUSH_MS)
    stream.write('', () => resolve())
  })
}
