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

// Without it the end of what is typed would end the program in the middle of a question, with a complaint of Node's.
const END_OF_INPUT = '\x04'
clack.updateSettings({ aliases: { [END_OF_INPUT]: 'cancel' } })

export type Choices<Value extends string> = readonly { value: Value; label: string; hint?: string }[]

export async function confirm({ yes, no }: Words, message: string): Promise<boolean> {
  return kept(await clack.confirm({ message, active: yes, inactive: no }))
}

/** As the last question, when all else is done and stays: whoever has had enough says no. */
export async function agrees(words: Words, message: string): Promise<boolean> {
  try {
    return await confirm(words, message)
  } catch (error) {
    if (error instanceof Cancelled) return false
    throw error
  }
}

export async function askAgain(words: Words, trouble: string): Promise<boolean> {
  clack.log.error(trouble)
  const choices = [
    { value: 'again', label: words.again },
    { value: 'anyway', label: words.anyway },
  ] as const
  return (await select(words, words.whatNow, choices, 'again')) === 'again'
}

/** What to say of a trial that failed. Settings that are wrong are no fault of whoever was to be asked. */
export function trouble(words: Words, trial: Trial & { ok: false }, refused: Words['refused']): string {
  if (trial.code === 'config_invalid') return trial.why
  return (trial.refused === true ? refused : words.unasked)(reason(trial, words))
}

function reason(trial: Trial & { ok: false }, { language }: Words): string {
  const { why, cure } = reasonOf(trial, language)
  return cure === undefined ? why : `${why}\n${cure}`
}

/** No spinner: it takes the keyboard, and on Ctrl-C ends the program as if all were done, and leaves what was begun. */
export function whileTrying(words: Words, what: string, work: (signal: AbortSignal) => Promise<Trial>): Promise<Trial> {
  clack.log.step(words.waitingFor(what))
  return untilInterrupted(signal => work(signal).catch(failed))
}

/** Throws `Cancelled` when it is over and the person had had enough meanwhile. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const onInterrupt = (): void => stop.abort(new Cancelled())
  process.once('SIGINT', onInterrupt)
  try {
    return await work(stop.signal)
  } finally {
    process.off('SIGINT', onInterrupt)
    stop.signal.throwIfAborted()
  }
}

export async function select<const Value extends string>(
  { language }: Pick<Words, 'language'>,
  message: string,
  options: Choices<Value>,
  initialValue: Value,
): Promise<Value> {
  const choices = options.map(option => ({ ...option }))
  // Its type asks for more than strings are.
  // What it says of its keys is English.
  const showInstructions = language === 'en'
  const chosen = kept(await clack.select<string>({ message, options: choices, initialValue, showInstructions }))
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
