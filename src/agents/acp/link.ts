/** One agent process that speaks the Agent Client Protocol on its stdio, from its start to its end. */
import { Readable, Writable } from 'node:stream'
import type {
  AgentCapabilities,
  ClientConnection,
  ClientContext,
  RequestPermissionRequest,
  RequestPermissionResponse,
  SessionUpdate,
} from '@agentclientprotocol/sdk'
import { describeError } from '../../lib/errors.ts'
import { type ChildEnd, type ChildWorld, NOT_STARTED, type Program, startChild } from '../../lib/process/child.ts'
import { untilAborted } from '../../lib/signals.ts'
import { AgentError } from '../agent.ts'
import type { Kept } from '../process/keeper.ts'
import { loadForAgent } from '../process/load.ts'

/** Who hears what the agent says in one session. */
export interface SessionListener {
  update(update: SessionUpdate): void
  permit(request: RequestPermissionRequest, signal: AbortSignal): Promise<RequestPermissionResponse>
}

export interface AcpLink extends Kept {
  readonly capabilities: AgentCapabilities
  readonly agent: Pick<ClientContext, 'request' | 'notify'>
  /** Returns how to stop listening. */
  listen(sessionId: string, listener: SessionListener): () => void
}

/** A process that is stopped gets so long to put its things in order. */
const GRACE_MS = 300
const LONGEST_MESSAGE_BYTES = 16 * 1024 * 1024

/** Throws `AgentError` (`agent_unreachable`) when it does not come to a working connection; nothing is left of it then. */
export async function openLink(program: Program, world: ChildWorld, signal: AbortSignal): Promise<AcpLink> {
  const acp = await loadForAgent(() => import('@agentclientprotocol/sdk'))
  const child = startChild(program, world)
  const listeners = new Map<string, SessionListener>()
  const stream = acp.ndJsonStream(Writable.toWeb(child.stdin), Readable.toWeb(child.stdout), {
    maxMessageBytes: LONGEST_MESSAGE_BYTES,
  })
  const connection: ClientConnection = acp
    .client({ name: 'herald' })
    .onNotification(acp.methods.client.session.update, ({ params }) => {
      listeners.get(params.sessionId)?.update(params.update)
    })
    .onRequest(acp.methods.client.session.requestPermission, async ({ params, signal: withdrawn }) => {
      const cancelled: RequestPermissionResponse = { outcome: { outcome: 'cancelled' } }
      return (await listeners.get(params.sessionId)?.permit(params, withdrawn)) ?? cancelled
    })
    .connect(stream)

  const stop = async (): Promise<void> => {
    connection.close()
    await child.stop(GRACE_MS)
  }
  const end = child.ended.then(how => endedBy(program, how))
  // One without the other is no use to anybody.
  void connection.closed.then(() => child.stop(GRACE_MS))
  void end.then(error => connection.close(error))

  try {
    const greeting = await untilAborted(
      connection.agent.request(acp.methods.agent.initialize, {
        protocolVersion: acp.PROTOCOL_VERSION,
        clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
        clientInfo: { name: 'herald', title: 'Herald', version: '1' },
      }),
      signal,
    )
    if (greeting.protocolVersion !== acp.PROTOCOL_VERSION) {
      const versions = `version ${greeting.protocolVersion} of the protocol, not ${acp.PROTOCOL_VERSION}`
      throw new AgentError('agent_unreachable', `${program.command} speaks ${versions}`)
    }
    return {
      capabilities: greeting.agentCapabilities ?? {},
      agent: connection.agent,
      closed: connection.signal,
      end,
      listen(sessionId, listener) {
        listeners.set(sessionId, listener)
        return () => {
          if (listeners.get(sessionId) === listener) listeners.delete(sessionId)
        }
      },
      stop,
    }
  } catch (thrown) {
    const gone = connection.signal.aborted
    await stop()
    signal.throwIfAborted()
    const cause = gone ? await end : thrown
    if (cause instanceof AgentError) throw new AgentError('agent_unreachable', cause.message, hintOf(cause))
    const reason = describeError(cause)
    throw new AgentError('agent_unreachable', `${program.command} did not take up the connection: ${reason}`)
  }
}

function hintOf({ hint }: AgentError): { hint?: string } {
  return hint === undefined ? {} : { hint }
}

function endedBy({ command }: Program, { code, signal }: ChildEnd): AgentError {
  if (NOT_STARTED.has(code)) {
    const hint = 'check agent.command and agent.cwd, and that the program may be run'
    return new AgentError('agent_unreachable', `${command} could not be started`, { hint })
  }
  return new AgentError(
    'agent_broken',
    `${command} ended with ${signal === null ? `code ${code}` : `signal ${signal}`}`,
  )
}
