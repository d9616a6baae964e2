import { describeError } from '../../lib/errors.ts'
import { loadLate } from '../../lib/process/late-code.ts'
import { AgentError } from '../agent.ts'

/** The package that a kind of agent speaks through, once it is needed. Throws `AgentError`. */
export async function loadForAgent<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await loadLate(load)
  } catch (thrown) {
    throw new AgentError('agent_unreachable', describeError(thrown))
  }
}
