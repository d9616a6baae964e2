/**
 * The language that a chat is spoken to in: that of the words at hand, or, where they show none, of what people wrote there before.
 * It is a fact of the chat, so that neither a new session nor a restart forgets it.
 */
import type { Journal } from '../../journal/journal.ts'
import { describeError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import { putNewest } from '../../lib/newest.ts'
import type { Persist } from '../../lib/tasks/persist.ts'
import { type AccountId, type ChatAddress, chatKey, type Inbound } from '../../platforms/platform.ts'

export type Spoken = 'zh' | 'en'

/** `auto` speaks the language of the chat. */
export type Language = 'auto' | Spoken

export interface Languages {
  of(message: Pick<Inbound, 'chat' | 'text'>): Promise<Spoken>
  /** From words that are no command. Returns what writes down the news of it, and throws what `persist` throws. */
  learn(message: Inbound): (() => Promise<void>) | undefined
}

export interface LanguagesDeps {
  readonly journal: Pick<Journal, 'chatFacts' | 'setChatFacts' | 'get' | 'set'>
  readonly persist: Persist
  readonly log: Logger
  readonly stopping: AbortSignal
  /** Of the settings; read anew each time. */
  setting(): Language
}

const FACT = 'language'
/** Of an account: what was learned last, for chats of which nothing is known yet. */
const KEY = 'language'
const MOST_CHATS = 1000

const CHINESE = /\p{Script=Han}/u
/** Enough of a text to tell its language. */
const SAMPLE_UNITS = 400
const A_COMMAND = /^\s*[/／]/
/** Between spaces: no address, no path, no line of a program. */
const A_WORD = /(?<!\S)["'(]?\p{L}[\p{L}'’-]*[.,;:!?)"']*(?!\S)/gu
/** "ok", a name or a keyword is written in every language: of a chat that is known it says nothing. */
const WORDS_OF_A_SENTENCE = 3

/** One Chinese character decides for Chinese; undefined for what shows no language. Pure. */
export function languageIn(text: string): Spoken | undefined {
  if (CHINESE.test(text.slice(0, SAMPLE_UNITS))) return 'zh'
  return countWords(text) >= WORDS_OF_A_SENTENCE ? 'en' : undefined
}

function countWords(text: string): number {
  const sample = text.slice(0, SAMPLE_UNITS)
  return A_COMMAND.test(sample) ? 0 : (sample.match(A_WORD)?.length ?? 0)
}

export function createLanguages({ journal, persist, log, stopping, setting }: LanguagesDeps): Languages {
  const chats = new Map<string, Spoken>()
  const accounts = new Map<AccountId, Spoken>()

  const ofChat = async (chat: ChatAddress): Promise<Spoken | undefined> =>
    chats.get(chatKey(chat)) ?? read((await journal.chatFacts(chat))[FACT])
  const ofAccount = async (account: AccountId): Promise<Spoken | undefined> =>
    accounts.get(account) ?? read(await journal.get(account, KEY))

  const keep = async (chat: ChatAddress, spoken: Spoken): Promise<void> => {
    const facts = await persist(() => journal.chatFacts(chat), stopping)
    if (facts[FACT] === spoken) return
    const write = () =>
      Promise.all([journal.setChatFacts(chat, { [FACT]: spoken }), keepForAccount(chat.account, spoken)])
    await persist(write, stopping)
  }

  const keepForAccount = async (account: AccountId, spoken: Spoken): Promise<void> => {
    if (accounts.get(account) === spoken) return
    await journal.set(account, KEY, spoken)
    accounts.set(account, spoken)
  }

  return {
    async of({ chat, text }) {
      const language = setting()
      if (language !== 'auto') return language
      try {
        const known = languageIn(text) ?? (await ofChat(chat))
        return known ?? (countWords(text) > 0 ? 'en' : await ofAccount(chat.account)) ?? 'en'
      } catch (thrown) {
        log.debug('the language of a chat could not be looked up', { reason: describeError(thrown) })
        return 'en'
      }
    },
    learn({ chat, text }) {
      const spoken = languageIn(text)
      if (spoken === undefined || chats.get(chatKey(chat)) === spoken) return undefined
      putNewest(chats, chatKey(chat), spoken, MOST_CHATS)
      return () => keep(chat, spoken)
    },
  }
}

function read(kept: unknown): Spoken | undefined {
  return kept === 'zh' || kept === 'en' ? kept : undefined
}
