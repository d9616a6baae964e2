import type { IncomingMessage } from 'node:http'

/** The body of a request as text; undefined when it is longer than that. */
export async function readRequestBody(request: IncomingMessage, longestBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue
    bytes += chunk.length
    // Leaving the loop would cut the connection, and with it the answer that says why.
    if (bytes <= longestBytes) chunks.push(chunk)
  }
  return bytes > longestBytes ? undefined : Buffer.concat(chunks).toString('utf8')
}
