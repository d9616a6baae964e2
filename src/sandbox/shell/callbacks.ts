/** Carries callbacks out as real posts; one that is not answered in time is given up. */
import type { CallbackPost } from '../model/link/callback-post.ts'

export interface CallbackSender {
  send(post: CallbackPost): void
  stop(): void
}

export function createCallbackSender(): CallbackSender {
  const stopping = new AbortController()
  const send = async ({ url, headers, body, timeoutMs }: CallbackPost): Promise<{ status?: number; body: string }> => {
    try {
      const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(timeoutMs)])
      const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
      return { status: response.status, body: await response.text() }
    } catch {
      return { body: '' }
    }
  }
  return {
    send(post) {
      void send(post).then(answer => {
        if (!stopping.signal.aborted) post.settled(answer)
      })
    },
    stop: () => stopping.abort(),
  }
}
