import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Which bytes vanish: those towards the target, those towards the client, or both. */
export type Direction = 'both' | 'to_target' | 'to_client'

/**
 * A TCP proxy that can turn into a black hole: connections stay open, nobody hears anything, no FIN and no RST is passed
 * on. That is what a cable pulled out or a lost NAT entry looks like.
 */
export interface HalfOpenProxy {
  readonly port: number
  /** `http://127.0.0.1:<port>`. */
  readonly url: string
  /** Connections that are open on the client's side. */
  readonly open: number
  /** From now on nothing passes, on old connections and new ones, ends of connections included. */
  blackHole(direction?: Direction): void
  /** Everything passes again; what piled up is delivered first. */
  flow(): void
  /** Resets every connection on both sides; new ones are taken. */
  cut(): void
  stop(): Promise<void>
}

interface Pair {
  readonly client: Socket
  target: Socket | undefined
}

/** Starts a proxy to `target` on a free port of loopback. */
export async function startHalfOpenProxy(target: {
  readonly host?: string
  readonly port: number
}): Promise<HalfOpenProxy> {
  const pairs = new Set<Pair>()
  let swallowed: Direction | undefined

  const passes = (direction: Exclude<Direction, 'both'>): boolean => swallowed !== 'both' && swallowed !== direction

  const gate = (socket: Socket | undefined, open: boolean): void => {
    if (open) socket?.resume()
    else socket?.pause()
  }

  const drop = (pair: Pair, reset: boolean): void => {
    if (!pairs.delete(pair)) return
    for (const socket of [pair.client, pair.target]) {
      if (reset) socket?.resetAndDestroy()
      else socket?.destroy()
    }
  }

  /** Passes on what comes from one side, its end included. */
  const pass = (pair: Pair, from: Socket, to: Socket): void => {
    from.on('data', chunk => to.write(chunk))
    from.on('end', () => to.end())
    from.on('close', hadError => drop(pair, hadError))
    // 'close' follows, and tells.
    from.on('error', () => {})
  }

  const join = (pair: Pair): void => {
    const onward = connect({ host: target.host ?? '127.0.0.1', port: target.port, noDelay: true, allowHalfOpen: true })
    pair.target = onward
    pass(pair, pair.client, onward)
    pass(pair, onward, pair.client)
    gate(pair.client, passes('to_target'))
    gate(onward, passes('to_client'))
  }

  const server = createServer({ noDelay: true, pauseOnConnect: true, allowHalfOpen: true }, client => {
    const pair: Pair = { client, target: undefined }
    pairs.add(pair)
    if (swallowed !== 'both') join(pair)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: 0 }, resolve)
  })
  const { port } = server.address() as AddressInfo

  const apply = (): void => {
    for (const pair of pairs) {
      if (!pair.target) {
        if (swallowed !== 'both') join(pair)
        continue
      }
      gate(pair.client, passes('to_target'))
      gate(pair.target, passes('to_client'))
    }
  }

  return {
    port,
    url: `http://127.0.0.1:${port}`,
    get open() {
      return pairs.size
    },
    blackHole(direction = 'both') {
      swallowed = direction
      apply()
    },
    flow() {
      swallowed = undefined
      apply()
    },
    cut() {
      for (const pair of [...pairs]) drop(pair, true)
    },
    async stop() {
      const closed = new Promise(resolve => server.close(resolve))
      for (const pair of [...pairs]) drop(pair, false)
      await closed
    },
  }
}
