/**
 * An agent of the Agent Client Protocol that does what the first word of a prompt says. It remembers its sessions in a file
 * of its folder, so that a later process can load them. `MODE` makes it misbehave from the start.
 */
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import * as acp from '@agentclientprotocol/sdk'

const MODE = process.env['MODE'] ?? ''
const SESSIONS = join(process.cwd(), 'sessions.txt')
const cancelled = new Map<string, () => void>()
let opened = 0

if (MODE === 'crash') {
  process.stderr.write('this agent ends before it says anything\n')
  process.exit(3)
}

const known = (): string[] => (existsSync(SESSIONS) ? readFileSync(SESSIONS, 'utf8').split('\n') : [])

const textOf = (blocks: readonly acp.ContentBlock[]): string =>
  blocks.findLast(block => block.type === 'text')?.text ?? ''

type Ask = acp.AgentRequestContext<acp.PromptRequest>

const tell = ({ client, params }: Ask, update: acp.SessionUpdate): Promise<void> =>
  client.notify(acp.methods.client.session.update, { sessionId: params.sessionId, update })
const say = (ask: Ask, text: string): Promise<void> =>
  tell(ask, { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } })
const tool = (ask: Ask, toolCallId: string, title: string): Promise<void> =>
  tell(ask, { sessionUpdate: 'tool_call', toolCallId, title, kind: 'execute', status: 'in_progress' })

const untilCancelled = (sessionId: string): Promise<void> => new Promise(resolve => cancelled.set(sessionId, resolve))

async function permission(ask: Ask): Promise<void> {
  const answer = await ask.client.request(acp.methods.client.session.requestPermission, {
    sessionId: ask.params.sessionId,
    toolCall: {
      toolCallId: 'p1',
      title: `remove ${join(process.cwd(), 'notes.txt')}`,
      rawInput: { command: 'rm notes.txt' },
    },
    options: [
      { optionId: 'yes', name: 'Allow', kind: 'allow_once' },
      { optionId: 'always', name: 'Always allow', kind: 'allow_always' },
      { optionId: 'no', name: 'Reject', kind: 'reject_once' },
    ],
  })
  const { outcome } = answer
  await say(ask, outcome.outcome === 'selected' ? `chosen: ${outcome.optionId}` : 'called off')
}

async function act(ask: Ask): Promise<acp.PromptResponse> {
  const { sessionId, prompt } = ask.params
  const [word = '', ...rest] = textOf(prompt).split(' ')
  switch (word) {
    case 'stream':
      for (const piece of ['one ', 'two ', 'three']) await say(ask, piece)
      break
    case 'think':
      await tell(ask, { sessionUpdate: 'agent_thought_chunk', content: { type: 'text', text: 'SECRET THOUGHT' } })
      await say(ask, 'said')
      break
    case 'tool':
      await say(ask, 'I look.')
      await tool(ask, 't1', `cat ${join(process.cwd(), 'a.txt')}`)
      await tell(ask, { sessionUpdate: 'tool_call_update', toolCallId: 't1', status: 'failed' })
      await tell(ask, {
        sessionUpdate: 'plan',
        entries: [
          { content: 'look', priority: 'high', status: 'completed' },
          { content: 'mend', priority: 'high', status: 'in_progress' },
        ],
      })
      await say(ask, 'Found.')
      break
    case 'permit':
      await permission(ask)
      break
    case 'crash':
      await say(ask, 'half an ans')
      process.stderr.write('fatal: the disk is on fire\n')
      return process.exit(7)
    case 'wait':
      await say(ask, 'working')
      await untilCancelled(sessionId)
      return { stopReason: 'cancelled' }
    case 'hang':
      await say(ask, 'working')
      await new Promise(() => {})
      break
    case 'spawn': {
      const child = spawn('sleep', ['1000'], { stdio: 'ignore' })
      await say(ask, `${process.pid} ${child.pid}`)
      break
    }
    case 'work':
      appendFileSync(join(process.cwd(), 'work.txt'), 'begun\n')
      await tool(ask, 't2', 'write work.txt')
      // Again it ends at once: it looks first.
      if (!JSON.stringify(prompt).includes('restarted while you worked')) await new Promise(() => {})
      await say(ask, `continued in ${sessionId}`)
      break
    case 'blocks':
      await say(ask, JSON.stringify(prompt))
      break
    case 'env':
      await say(ask, Object.keys(process.env).toSorted().join(' '))
      break
    case 'long':
      for (let count = 0; count < 100; count++) await say(ask, 'x'.repeat(1000))
      break
    case 'refuse':
      return { stopReason: 'refusal' }
    case 'error':
      throw new acp.RequestError(-32603, 'Internal error', { details: 'the model is away' })
    default:
      await say(ask, `${sessionId}: ${textOf(prompt)}${rest.length > 99 ? '…' : ''}`)
  }
  return { stopReason: 'end_turn' }
}

acp
  .agent({ name: 'test-agent' })
  .onRequest(acp.methods.agent.initialize, async () => {
    if (MODE === 'mute') await new Promise(() => {})
    return {
      protocolVersion: MODE === 'newer' ? 99 : acp.PROTOCOL_VERSION,
      agentCapabilities: { loadSession: MODE !== 'forgetful', promptCapabilities: { image: true } },
    }
  })
  .onRequest(acp.methods.agent.session.new, () => {
    if (MODE === 'stranger') throw new acp.RequestError(-32000, 'Authentication required')
    opened += 1
    const sessionId = `s${process.pid}-${opened}`
    appendFileSync(SESSIONS, `${sessionId}\n`)
    return { sessionId }
  })
  .onRequest(acp.methods.agent.session.load, async ({ params, client }) => {
    if (!known().includes(params.sessionId)) throw new acp.RequestError(-32002, 'Resource not found')
    // An agent tells all that was said once more.
    await client.notify(acp.methods.client.session.update, {
      sessionId: params.sessionId,
      update: { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: 'REPLAYED' } },
    })
    return {}
  })
  .onRequest(acp.methods.agent.session.prompt, act)
  .onNotification(acp.methods.agent.session.cancel, ({ params }) => cancelled.get(params.sessionId)?.())
  .connect(acp.ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)))
