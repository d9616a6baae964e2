/** The message that a message quotes, as a marked block of text. Pure. */
import type { ChatKind, Inbound } from '../../platform.ts'
import { describeAttachments, describeCard } from './attachments.ts'
import { type Mentions, readable, readMentions } from './markup.ts'
import { idOf, oneLine, record, records, words } from './read-json.ts'

const QUOTE = 103
const DEEPEST = 3
const LONGEST = 4000
const LONGEST_NAME = 64
const LINE_BREAK = /\r\n|[\r\n\u2028\u2029]/
const NOBODY: Mentions = readMentions(undefined, undefined)
const NOT_GIVEN = '(the platform did not pass its content on)'

/**
 * Follows the person's own words, so that these still begin the text. Each line bears a mark: what somebody else wrote must
 * not be taken for the words of the sender. Empty where nothing is quoted.
 */
export function describeQuote(d: Readonly<Record<string, unknown>>, mentions: Mentions, escaped: boolean): string {
  const elements = records(d['msg_elements'])
  const isQuote = d['message_type'] === QUOTE || elements.length > 0 || record(d['message_reference'])['message_id']
  if (!isQuote) return ''
  const nodes = nodesOf(d)
  const lines = nodes.flatMap(node => linesOf(node, mentions, escaped, 1))
  const author = nodes.length === 1 ? words(record(nodes[0]?.['author'])['username']) : undefined
  const heading = author === undefined ? '[quoted message]' : `[quoted message of ${oneLine(author, LONGEST_NAME)}]`
  // With its name the content may be found elsewhere.
  if (lines.length === 0 && quotedName(d) !== undefined) return ''
  const body = lines.length > 0 ? cut(lines.join('\n')) : NOT_GIVEN
  return [heading, ...body.split(LINE_BREAK).map(line => `> ${line}`)].join('\n')
}

/** The name by which the message can be quoted, and that of the one it quotes where its content did not come with it. */
export function quoteNames(
  d: Readonly<Record<string, unknown>>,
  id: string,
  kind: ChatKind,
): Pick<Inbound, 'quoteId' | 'quotes' | 'repliesTo'> {
  const quoteId = kind === 'channel' || kind === 'dm' ? id : sceneValue(d, 'msg_idx')
  const quotes = quotedName(d)
  const given = nodesOf(d).some(node => linesOf(node, NOBODY, false, 1).length > 0)
  return {
    ...(quoteId === undefined ? {} : { quoteId }),
    ...(quotes === undefined ? {} : { repliesTo: quotes }),
    ...(quotes === undefined || given ? {} : { quotes }),
  }
}

function nodesOf(d: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
  const elements = records(d['msg_elements'])
  return elements.length > 0 ? elements : records(record(d['parallel_message'])['msg_nodes'])
}

function quotedName(d: Readonly<Record<string, unknown>>): string | undefined {
  return sceneValue(d, 'ref_msg_idx') ?? idOf(record(d['message_reference'])['message_id'])
}

/** `name=value` in any order; values themselves end in `=`. */
function sceneValue(d: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const { ext } = record(d['message_scene'])
  const entry = Array.isArray(ext) ? ext.find(one => typeof one === 'string' && one.startsWith(`${name}=`)) : undefined
  return words(typeof entry === 'string' ? entry.slice(name.length + 1) : undefined)
}

function linesOf(
  node: Readonly<Record<string, unknown>>,
  mentions: Mentions,
  escaped: boolean,
  depth: number,
): readonly string[] {
  const content = words(node['content'])
  const text = content === undefined ? '' : readable(content, mentions, escaped)
  const inner = depth < DEEPEST ? records(node['msg_elements']) : []
  return [
    ...(text === '' ? [] : text.split(LINE_BREAK)),
    ...describeCard(node['ark_data'], text),
    ...describeAttachments(node['attachments']),
    ...inner.flatMap(one => linesOf(one, mentions, escaped, depth + 1)).map(line => `> ${line}`),
  ]
}

function cut(text: string): string {
  const points = [...text]
  return points.length <= LONGEST ? text : `${points.slice(0, LONGEST).join('')}…`
}
