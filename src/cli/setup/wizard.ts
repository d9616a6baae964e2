/** The wizard: asks what a setup has to know, tries each answer at once, and returns the plan. */
import * as clack from '@clack/prompts'
import { renderUnicodeCompact } from 'uqr'
import type { RawMap } from '../../config/sources/raw.ts'
import { describeError } from '../../lib/errors.ts'
import { createRequest } from '../../lib/net/http.ts'
import { proxyFromEnv } from '../../lib/net/proxy.ts'
import { beginBind, type Credentials } from '../../platforms/qqbot/setup/bind.ts'
import { bindBaseOf } from './flags.ts'
import { draftOf, type Plan, tryDraft } from './plan.ts'
import {
  type Asked,
  askAgain,
  Cancelled,
  type Choices,
  choicesOf,
  ids,
  secret,
  select,
  text,
  trouble,
  untilInterrupted,
  whileTrying,
} from './prompts.ts'
import { askTransport } from './transport.ts'
import { tryAgent, tryCredentials } from './try.ts'
import type { Speech, Words } from './words.ts'

export async function askSpeech(first: Speech): Promise<Speech> {
  const choices: Choices<Speech> = [
    { value: 'zh', label: '中文' },
    { value: 'en', label: 'English' },
  ]
  return select({ language: 'en' }, '语言 / Language', choices, first)
}

/** `given` was said by flags, and is not asked again. */
export async function askPlan(asked: Asked, given: Plan): Promise<Plan> {
  const { words } = asked
  const withCredentials = await askCredentials(asked, given)
  const withTransport = await askTransport(asked, withCredentials)
  const withAgent = await askAgent(asked, withTransport)
  clack.note(words.policy, words.policyTitle)
  return { ...withAgent, settings: { ...withAgent.settings, ...(await askPolicy(words, given.settings)) } }
}

async function askCredentials(asked: Asked, given: Plan): Promise<Plan> {
  const { words, present, cli } = asked
  const there = present?.accounts.find(({ account }) => account === given.account)
  if (given.credentials === undefined && there !== undefined && there.appId !== '') {
    const choices = [
      { value: 'keep', label: words.keep },
      { value: 'replace', label: words.replace },
    ] as const
    if ((await select(words, words.present(there.appId), choices, 'keep')) === 'keep') return given
  }
  let first = given.credentials
  for (;;) {
    const credentials = first ?? (await obtain(asked))
    first = undefined
    const plan = { ...given, credentials }
    const trial = await whileTrying(words, words.checking, async signal => {
      const config = await tryDraft(draftOf(cli, plan))
      const account = config.accounts.find(each => each.account === given.account)
      return account === undefined ? { ok: true, said: '' } : tryCredentials(account, cli, signal)
    })
    if (trial.ok) {
      clack.log.success(words.accepted)
      return plan
    }
    if (!(await askAgain(words, trouble(words, trial, words.refused)))) return plan
  }
}

async function obtain(asked: Asked): Promise<Credentials> {
  const { words } = asked
  const ways = [
    { value: 'scan', label: words.scan, hint: words.scanHint },
    { value: 'type', label: words.type, hint: words.typeHint },
  ] as const
  for (;;) {
    if ((await select(words, words.how, ways, 'scan')) === 'type')
      return { appId: await text(words, words.appId), clientSecret: await secret(words, words.secret) }
    try {
      return await scan(asked)
    } catch (error) {
      if (error instanceof Cancelled) throw error
      clack.log.error(describeError(error))
    }
  }
}

/** Shows a code, and another when it has expired, until somebody has scanned one. */
export function scan({ cli, words, flags }: Pick<Asked, 'cli' | 'words' | 'flags'>): Promise<Credentials> {
  const world = { clock: cli.clock, request: createRequest(cli.clock, proxyFromEnv(cli.env)) }
  return untilInterrupted(async signal => {
    for (;;) {
      const task = await beginBind(bindBaseOf(flags), world, signal)
      clack.log.message(`${words.scanNow}\n${task.url}\n\n${renderUnicodeCompact(task.url, { border: 2 })}`)
      clack.log.step(words.waitingFor(words.waiting))
      const found = await task.result(signal)
      if (found !== null) {
        clack.log.success(words.scanned(found.appId))
        return found
      }
      clack.log.warn(words.expired)
    }
  })
}

const KINDS = ['echo', 'openai', 'acp', 'command', 'http'] as const
type Kind = (typeof KINDS)[number]

async function askAgent({ cli, words, present }: Asked, plan: Plan): Promise<Plan> {
  const kinds = [...(present === undefined || present.agent.type === 'echo' ? [] : (['keep'] as const)), ...KINDS]
  let first = plan.agent
  for (;;) {
    if (first === undefined) {
      const choices = kinds.map(kind => ({ value: kind, label: words.agents[kind][0], hint: words.agents[kind][1] }))
      const kind = await select(words, words.agent, choices, kinds[0] ?? 'echo')
      if (kind === 'keep') return plan
      first = await describeAgent(words, kind)
    }
    const chosen = { ...plan, agent: first }
    first = undefined
    const trial = await whileTrying(words, words.trying, async signal =>
      tryAgent(await tryDraft(draftOf(cli, chosen)), cli, words.question, signal),
    )
    if (trial.ok) {
      clack.log.success(words.answered(trial.said))
      return chosen
    }
    if (!(await askAgain(words, trouble(words, { ...trial, refused: true }, words.silent)))) return chosen
  }
}

async function describeAgent(words: Words, kind: Kind): Promise<NonNullable<Plan['agent']>> {
  switch (kind) {
    case 'echo':
      return { section: { type: kind } }
    case 'openai': {
      const base_url = await text(words, words.url, 'http://127.0.0.1:11434/v1')
      const key = await secret(words, words.key, true)
      const model = await text(words, words.model)
      return { section: { type: kind, base_url, model }, ...(key === '' ? {} : { key }) }
    }
    case 'http':
      return { section: { type: kind, url: await text(words, words.url) } }
    case 'acp':
    case 'command': {
      const [command = '', ...args] = (await text(words, words.command)).split(/\s+/)
      return { section: { type: kind, command, ...(args.length === 0 ? {} : { args }) } }
    }
  }
}

async function askPolicy(words: Words, given: RawMap): Promise<RawMap> {
  const policies: RawMap = {}
  const dm = given['dm_policy'] ?? (await select(words, words.dm, choicesOf(words.dmChoices), 'pairing'))
  policies['dm_policy'] = dm
  if (dm === 'allowlist' && given['allowed_users'] === undefined) policies['allowed_users'] = await ids(words.users)
  const group = given['group_policy'] ?? (await select(words, words.group, choicesOf(words.groupChoices), 'allowlist'))
  policies['group_policy'] = group
  if (group === 'allowlist' && given['allowed_groups'] === undefined) {
    const groups = await ids(words.groups)
    if (groups.length > 0) policies['allowed_groups'] = groups
  }
  return policies
}
