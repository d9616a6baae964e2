/** Questions in the terminal. Each throws `Cancelled` when the person has had enough. */
import * as clack from '@clack/prompts'
import type { Config } from '../../config/config.ts'
import type { Cli } from '../context.ts'
import type { SetupFlags } from './flags.ts'
import { reasonOf } from './reason.ts'
import { failed, type Trial } from './try.ts'
import type { Words } from './words.ts'

/** What every question knows. */
export interface Asked {
  readonly cli: Cli
  readonly words: Words
  readonly flags: SetupFlags
  /** What is there already; undefined where nothing usable is. */
  readonly present: Config | undefined
}

/** The person has had enough. */
export class Cancelled extends Error {}

export type Choices<Value extends string> = readonly { value: Value; label: string; hint?: string }[]

export async function confirm(message: string): Promise<boolean> {
  return kept(await clack.confirm({ message }))
}

export async function askAgain(words: Words, trouble: string): Promise<boolean> {
  clack.log.error(trouble)
  const choices = [
    { value: 'again', label: words.again },
    { value: 'anyway', label: words.anyway },
  ] as const
  return (await select(words.whatNow, choices, 'again')) === 'again'
}

export function reason(trial: Trial & { ok: false }, { language }: Words): string {
  const { why, cure } = reasonOf(trial, language)
  return cure === undefined ? why : `${why}\n${cure}`
}

export async function whileTrying(what: string, work: () => Promise<Trial>): Promise<Trial> {
  const spinner = clack.spinner()
  spinner.start(what)
  const trial = await work().catch(failed)
  spinner.clear()
  return trial
}

export async function select<const Value extends string>(
  message: string,
  options: Choices<Value>,
  initialValue: Value,
): Promise<Value> {
  const choices = options.map(option => ({ ...option }))
  // Its type asks for more than strings are.
  const chosen = kept(await clack.select<string>({ message, options: choices, initialValue }))
  return options.find(({ value }) => value === chosen)?.value ?? initialValue
}

export async function text(words: Words, message: string, initialValue?: string): Promise<string> {
  const validate = (value: string | undefined) => (value?.trim() ? undefined : words.wanted)
  return kept(await clack.text({ message, validate, ...(initialValue === undefined ? {} : { initialValue }) })).trim()
}

export async function secret(words: Words, message: string, mayBeEmpty = false): Promise<string> {
  const validate = (value: string | undefined) => (mayBeEmpty || value?.trim() ? undefined : words.wanted)
  return (kept(await clack.password({ message, validate })) ?? '').trim()
}

export async function ids(message: string): Promise<string[]> {
  const written = kept(await clack.text({ message })) ?? ''
  return written
    .split(/[,，\s]+/)
    .map(id => id.trim())
    .filter(id => id !== '')
}

export function choicesOf<Value extends string>(
  labels: Readonly<Record<Value, readonly [string, string]>>,
): Choices<Value> {
  return (Object.keys(labels) as Value[]).map(value => ({ value, label: labels[value][0], hint: labels[value][1] }))
}

function kept<T>(value: T | typeof clack.CANCEL_SYMBOL): T {
  if (clack.isCancel(value)) throw new Cancelled()
  return value
}
