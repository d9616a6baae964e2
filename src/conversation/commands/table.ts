/** All commands there are. Help, names and roles come from here and nowhere else. */
import type { Button } from '../../platforms/platform.ts'
import type { Role } from '../access/gate.ts'
import { AGENT, MODEL } from './agents.ts'
import type { Command } from './command.ts'
import { PING, PLATFORMS, STATUS, TRACE, USAGE, WHOAMI } from './facts.ts'
import { APPROVE, DENY, PAIR, PAUSE, RESTART, RESUME, SEND } from './owner.ts'
import { BUSY, NEW, RECALL, RETRY, STOP, UNDO, VERBOSE } from './session.ts'

const RANK: Readonly<Record<Role, number>> = { guest: 0, member: 1, owner: 2 }

export function mayUse(role: Role, command: Command): boolean {
  return RANK[role] >= RANK[command.role]
}

function helpLine({ name, aliases: [alias], takes, help }: Command, language: 'zh' | 'en'): string {
  const called = language === 'zh' ? `/${alias} (/${name})` : `/${name}`
  const whole = takes ? `${called} ${takes[language]}` : called
  return `${whole}${language === 'zh' ? '：' : ': '}${help[language]}`
}

const HELP: Command = {
  name: 'help',
  aliases: ['帮助', '命令'],
  role: 'guest',
  help: { en: 'this list', zh: '显示本列表' },
  run({ admin }, { role, language, words }) {
    const usable = COMMANDS.filter(command => mayUse(role, command) && (admin || !command.needsAdmin))
    const text = [words.helpHeading, ...usable.map(command => helpLine(command, language))].join('\n')
    return { text, keyboard: quickButtons(usable, language) }
  },
}

const BUTTONS_OF_A_ROW = 3

/** A press says the command like a person who types it, so nothing about it is special. */
function quickButtons(usable: readonly Command[], language: 'zh' | 'en'): readonly (readonly Button[])[] {
  const buttons = usable
    .filter(({ quick }) => quick)
    .map(({ name, aliases: [alias] }): Button => {
      const said = `/${language === 'zh' ? alias : name}`
      return { id: name, label: said, data: said, says: true, style: 'plain' }
    })
  return Array.from({ length: Math.ceil(buttons.length / BUTTONS_OF_A_ROW) }, (_, row) =>
    buttons.slice(row * BUTTONS_OF_A_ROW, (row + 1) * BUTTONS_OF_A_ROW),
  )
}

export const COMMANDS: readonly Command[] = [
  HELP,
  NEW,
  STOP,
  RETRY,
  UNDO,
  RECALL,
  STATUS,
  WHOAMI,
  PING,
  USAGE,
  BUSY,
  VERBOSE,
  AGENT,
  MODEL,
  PLATFORMS,
  PAIR,
  APPROVE,
  DENY,
  SEND,
  PAUSE,
  RESUME,
  RESTART,
  TRACE,
]

const BY_NAME: ReadonlyMap<string, Command> = new Map(
  COMMANDS.flatMap(command => [command.name, ...command.aliases].map(name => [name, command] as const)),
)

/** `/name` and what follows it; the slash may be a full-width one. Undefined for words that are no command of ours. */
export function readCommand(text: string): { readonly command: Command; readonly args: string } | undefined {
  const [, name, args = ''] = /^\s*[/／](\S{1,20})(?:\s+([\s\S]*))?$/.exec(text) ?? []
  const command = name === undefined ? undefined : BY_NAME.get(name.toLowerCase())
  return command && { command, args: args.trim() }
}
