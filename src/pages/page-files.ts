/** Serves the files of a page as they are: plain HTML, CSS and JavaScript, under a policy that lets nothing else in. */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** What all pages share, at `/pages/`. */
const SHARED = import.meta.dirname

/** Answers with a file; false when there is none for this request. */
export type PageFiles = (request: IncomingMessage, response: ServerResponse) => boolean

/** `folder` has an index.html, which is the page at `/`; its other files are below `mount`. */
export function createPageFiles(folder: string, mount = '/'): PageFiles {
  const fileOf = (path: string): string | undefined => {
    if (path === '/') return within(folder, 'index.html')
    if (path.startsWith('/pages/')) return within(SHARED, path.slice('/pages/'.length))
    return path.startsWith(mount) ? within(folder, path.slice(mount.length)) : undefined
  }
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false
    const file = fileOf((request.url ?? '/').replace(/\?.*$/, ''))
    const type = TYPES[extname(file ?? '')]
    const body = file === undefined || type === undefined ? undefined : contentOf(file)
    if (body === undefined) return false
    response.writeHead(200, {
      'content-type': type,
      'content-length': body.length,
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-cache',
    })
    response.end(request.method === 'HEAD' ? undefined : body)
    return true
  }
}

function within(folder: string, path: string): string | undefined {
  const file = join(folder, normalize(path))
  return file.startsWith(folder + sep) ? file : undefined
}

function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}
