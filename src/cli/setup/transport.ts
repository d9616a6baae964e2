/** How events come in, as the wizard asks it. */
import * as clack from '@clack/prompts'
import { isRawMap, type RawMap } from '../../config/sources/raw.ts'
import { numberOf, pathOfUrl } from './flags.ts'
import { draftOf, type Plan, tryDraft } from './plan.ts'
import { type Asked, askAgain, choicesOf, select, text, trouble, whileTrying } from './prompts.ts'
import { type Trial, tryCallback } from './try.ts'

const USUAL_PORT = 8760

/** What flags said is not asked again, unless it proves wrong. */
export async function askTransport(asked: Asked, plan: Plan): Promise<Plan> {
  const { words, present } = asked
  const there = present?.accounts.find(({ account }) => account === plan.account)?.webhook ?? null
  const usual = there === null ? 'websocket' : 'webhook'
  const transport =
    plan.settings['transport'] ?? (await select(words, words.transport, choicesOf(words.transports), usual))
  const chosen = { ...plan, settings: { ...plan.settings, transport } }
  if (transport !== 'webhook') return chosen
  let given = isRawMap(plan.settings['webhook']) ? plan.settings['webhook'] : {}
  for (;;) {
    const url = given['public_url'] ?? (await text(words, words.publicUrl, there?.publicUrl ?? undefined))
    const port = given['port'] ?? numberOf(await text(words, words.port, String(there?.port ?? USUAL_PORT)))
    const path = given['path'] ?? pathOfUrl(String(url))
    const webhook: RawMap = { port, ...(path === undefined ? {} : { path }), public_url: url }
    const whole = { ...chosen, settings: { ...chosen.settings, webhook } }
    const trial = await whileTrying(words, words.challenging, signal => tryPlan(asked, whole, signal))
    if (trial.ok) {
      clack.log.success(words.challenged)
      return whole
    }
    if (!(await askAgain(words, trouble(words, trial, words.unchallenged)))) return whole
    given = {}
  }
}

async function tryPlan({ cli }: Asked, plan: Plan, signal: AbortSignal): Promise<Trial> {
  const { accounts } = await tryDraft(draftOf(cli, plan))
  const account = accounts.find(each => each.account === plan.account)
  return account === undefined ? { ok: true, said: '' } : tryCallback(account, cli, signal)
}
