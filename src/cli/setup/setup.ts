/** `herald setup`: from nothing to a bot that answers, by questions in the terminal or, with `--yes`, by flags alone. */
import type { Config } from '../../config/config.ts'
import { loadConfig } from '../../config/load.ts'
import { prepareHome } from '../../gateway/process/home.ts'
import { ConfigError } from '../../lib/errors.ts'
import { printable } from '../../observe/clean.ts'
import { type Cli, CODE, CommandError } from '../context.ts'
import { serviceManager } from '../service.ts'
import { atHostOf, planOfFlags, type SetupFlags } from './flags.ts'
import { type Draft, draftOf, type Plan, saveDraft, tryDraft } from './plan.ts'
import { type Reason, reasonOf } from './reason.ts'
import { tryAgent, tryCallback, tryCredentials } from './try.ts'
import { speechOf, WORDS, type Words } from './words.ts'

export async function setup(cli: Cli, given: SetupFlags): Promise<number> {
  const flags = atHostOf(cli.env, given)
  // Anything asked for nothing would be a pity.
  draftOf(cli, { account: flags.account, settings: {} })
  prepareHome(cli.home)
  if (flags.yes === true) return byFlags(cli, flags)
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new CommandError(CODE.usage, 'this is no terminal; answer by flags with --yes (`herald setup --help`)')
  return byQuestions(cli, flags)
}

async function byFlags(cli: Cli, flags: SetupFlags): Promise<number> {
  const words = WORDS[flags.language ?? 'en']
  const asked = planOfFlags(flags, cli.env)
  const plan: Plan = flags.qr === true ? { ...asked, credentials: await scanned(cli, flags, words) } : asked
  const draft = draftOf(cli, plan)
  if (plan.credentials === undefined && draft.config.trim() === '')
    throw new CommandError(
      CODE.usage,
      'no bot is named; give QQ_APP_ID and QQ_CLIENT_SECRET (or --app-id and --secret), or --qr',
    )
  const config = await tryDraft(draft)
  if (flags.check) await tryAll(cli, config, plan, words)
  saveDraft(draft)
  const what = draft.changes.length > 0 ? words.written : words.nothing
  cli.print([...draft.changes, what].map(printable).join('\n'))
  const steps = stepsOf(plan, config, words)
  if (steps !== undefined) cli.print(`${words.consoleTitle}\n${steps}`)
  warnOfShell(cli, plan)
  if (flags.service === true) return (await import('../service.ts')).install(cli, {})
  cli.print(words.doneRun)
  return CODE.ok
}

async function tryAll(cli: Cli, config: Config, plan: Plan, words: Words): Promise<void> {
  const account = config.accounts.find(each => each.account === plan.account)
  const refusal = (said: (why: string) => string, { why, cure }: Reason): CommandError =>
    new CommandError(CODE.no, [said(why), ...(cure === undefined ? [] : [cure]), words.skip].join(words.between))
  if (account?.enabled === true) {
    const trial = await tryCredentials(account, cli)
    if (!trial.ok) {
      const { why, cure = words.network } = reasonOf(trial, words.language)
      throw refusal(trial.refused === true ? words.refused : words.unasked, { why, cure })
    }
    const called = await tryCallback(account, cli)
    if (!called.ok) {
      const reason = reasonOf(called, words.language)
      if (called.refused === true) throw refusal(words.unchallenged, reason)
      cli.print(printable(`${words.unasked(reason.why)}${words.between}${reason.cure}`))
    }
  }
  const trial = await tryAgent(config, cli, words.question)
  if (!trial.ok) throw refusal(words.silent, reasonOf(trial, words.language))
}

async function byQuestions(cli: Cli, flags: SetupFlags): Promise<number> {
  const [clack, { askPlan, askSpeech }, { agrees, Cancelled, confirm }] = await Promise.all([
    import('@clack/prompts'),
    import('./wizard.ts'),
    import('./prompts.ts'),
  ])
  let words = WORDS[flags.language ?? speechOf(cli.env)]
  try {
    clack.intro('Herald')
    if (flags.language === undefined) words = WORDS[await askSpeech(speechOf(cli.env))]
    clack.log.step(words.title)
    const present = await loadConfig({ ...cli, env: {} }).catch(() => undefined)
    const plan = await askPlan({ cli, words, flags, present }, planOfFlags(flags, {}))
    const draft = draftOf(cli, plan)
    const config = await tryDraft(draft)
    clack.note(draft.changes.map(printable).join('\n') || words.nothing, words.changes)
    const isNews = draft.changes.length > 0
    if (isNews && !(await confirm(words, words.write))) throw new Cancelled()
    await saveWhole(cli, draft)
    if (isNews) clack.log.success(words.written)
    const steps = stepsOf(plan, config, words)
    if (steps !== undefined) clack.note(steps, words.consoleTitle)
    warnOfShell(cli, plan)
    if (await wantsService(cli, flags, () => agrees(words, words.service))) {
      const { install } = await import('../service.ts')
      await install(cli, {})
      await giveOwnerCode(cli, plan)
      clack.outro(words.doneRuns)
    } else clack.outro(words.doneRun)
    return CODE.ok
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error
    clack.cancel(words.cancelled)
    return CODE.no
  }
}

/** What is to be done on the platform's console, where this setup was about it. */
function stepsOf({ account, settings }: Plan, { accounts }: Config, words: Words): string | undefined {
  const webhook = accounts.find(each => each.account === account)?.webhook
  if (settings['transport'] === undefined || webhook == null) return undefined
  const { host, port, path, publicUrl } = webhook
  return words.consoleSteps(publicUrl ?? `https://…${path}`, `http://${host}:${port}${path}`)
}

/** What is written has to be right where it lies too: with another file named, or variables of the shell, it may not be. */
async function saveWhole(cli: Cli, draft: Draft): Promise<void> {
  saveDraft(draft)
  await loadConfig(cli).catch((error: unknown) => {
    if (!(error instanceof ConfigError)) throw error
    throw new CommandError(CODE.no, `written, and not right together with the environment: ${error.message}`)
  })
}

async function wantsService(cli: Cli, { service }: SetupFlags, ask: () => Promise<boolean>): Promise<boolean> {
  if (service !== undefined) return service
  const manager = await serviceManager(cli, {}).catch(() => undefined)
  return manager !== undefined && (await ask())
}

/** The running gateway gives it; what it printed at its start is in a log that nobody reads now. */
async function giveOwnerCode(cli: Cli, { account, settings }: Plan): Promise<void> {
  if (settings['dm_policy'] === 'disabled') return
  const { changePairing } = await import('../steer/pairing.ts')
  await changePairing(cli, 'owner', '', { account }).catch(() =>
    cli.print('`herald pairing owner` makes you its owner.'),
  )
}

/** The environment wins over what was written. */
function warnOfShell({ env, print }: Cli, { account, credentials }: Plan): void {
  if (account !== 'qqbot' || credentials === undefined) return
  const written = { QQ_APP_ID: credentials.appId, QQ_CLIENT_SECRET: credentials.clientSecret }
  for (const [name, value] of Object.entries(written))
    if (env[name] !== undefined && env[name] !== value)
      print(`Note: ${name} in this shell is another one, and the environment wins; unset it before \`herald run\`.`)
}

async function scanned(cli: Cli, flags: SetupFlags, words: Words) {
  const { scan } = await import('./wizard.ts')
  return scan({ cli, flags, words })
}
