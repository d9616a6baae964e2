import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The folder of the chat page; beside this program, in the sources as in what is built from them. */
const FOLDER = join(import.meta.dirname, '..', 'page')

function contentOf(path: string): { body: Buffer; type: string } | undefined {
  const type = TYPES[extname(path)]
  const file = join(FOLDER, normalize(path))
  if (!type || !file.startsWith(FOLDER + sep)) return undefined
  try {
    return { body: readFileSync(file), type }
  } catch {
    return undefined
  }
}

/** Answers with a file of the chat page; false when there is none for this request. */
export function servePage(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false
  const path = (request.url ?? '/').replace(/\?.*$/, '')
  const found = contentOf(path === '/' ? '/index.html' : path)
  if (!found) return false
  response.writeHead(200, {
    'content-type': found.type,
    'content-length': found.body.length,
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-cache',
  })
  response.end(request.method === 'HEAD' ? undefined : found.body)
  return true
}
