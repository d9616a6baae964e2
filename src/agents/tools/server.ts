/** One server of tools: kept alive, called within bounds, ended where a call is called off. */
import type { CallToolResult, Tool } from '@modelcontextprotocol/client'
import type { ChildWorld } from '../../lib/process/child.ts'
import { createKeeper } from '../process/keeper.ts'
import { openToolLink, type ToolLink, ToolRefusal } from './link.ts'
import type { ToolLimits, ToolServerSettings } from './settings.ts'

export interface ToolServer {
  readonly name: string
  readonly settings: ToolServerSettings
  /** What it offers now; nothing while it is away. Waits a little for one that is starting. Rejects only with the reason of `signal`. */
  tools(signal: AbortSignal): Promise<readonly Tool[]>
  /** Throws `ToolFailure`, or the reason of `signal`. A program whose call is called off, or takes too long, is ended with all that it started. */
  call(tool: string, input: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<CallToolResult>
  /** Why it is away. */
  readonly trouble: string | undefined
  close(): Promise<void>
}

/** What the model is told of a call that came to nothing. */
export class ToolFailure extends Error {}

export function createToolServer(
  name: string,
  settings: ToolServerSettings,
  limits: ToolLimits,
  world: ChildWorld,
): ToolServer {
  const { clock, log } = world
  const keeper = createKeeper<ToolLink>({
    what: 'tool server',
    name: `the tools of ${name}`,
    clock,
    log: log.child({ tools: name }),
    startMs: limits.startMs,
    open: signal => openToolLink(name, settings.reach, { ...world, log: log.child({ tools: name }) }, signal),
  })

  const linkSoon = async (signal: AbortSignal): Promise<ToolLink | undefined> => {
    const patience = new AbortController()
    const bound = AbortSignal.any([signal, patience.signal])
    const cancel = clock.after(limits.patienceMs, () => patience.abort(new ToolFailure('it is not ready')))
    try {
      return await keeper.link(bound)
    } catch {
      signal.throwIfAborted()
      return undefined
    } finally {
      cancel()
    }
  }

  return {
    name,
    settings,
    async tools(signal) {
      return (await linkSoon(signal))?.tools ?? []
    },
    async call(tool, input, signal) {
      const link = await linkSoon(signal)
      if (link === undefined) throw new ToolFailure('the server of this tool is away')
      const release = keeper.use(link)
      const bound = new AbortController()
      const stop = AbortSignal.any([signal, bound.signal])
      const cancel = clock.after(settings.callMs, () =>
        bound.abort(new ToolFailure(`no result within ${Math.round(settings.callMs / 1000)} s`)),
      )
      try {
        return await link.call(tool, input, stop)
      } catch (thrown) {
        if (thrown instanceof ToolRefusal) throw new ToolFailure(thrown.message)
        keeper.condemn(link)
        signal.throwIfAborted()
        if (bound.signal.aborted) throw bound.signal.reason
        const reason = link.closed.aborted ? 'the server of this tool ended in the middle' : 'the call failed'
        log.warn('a tool could not be called', { tools: name, tool, reason: String(thrown).slice(0, 200) })
        throw new ToolFailure(reason)
      } finally {
        cancel()
        release()
      }
    },
    get trouble() {
      return keeper.trouble
    },
    close: () => keeper.close(),
  }
}
