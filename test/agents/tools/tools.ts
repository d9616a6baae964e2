/** Tools that do what a test needs, on the server of the protocol's own SDK. */
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync } from 'node:fs'
import { McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'

const text = (words: string) => ({ content: [{ type: 'text' as const, text: words }] })

export function toolServer(): McpServer {
  const server = new McpServer({ name: 'tester', version: '1' })
  server.registerTool(
    'add',
    { description: 'Adds two numbers', inputSchema: z.object({ a: z.number(), b: z.number() }) },
    async ({ a, b }) => text(`${a + b}`),
  )
  server.registerTool(
    'write',
    { description: 'Appends a line to a file', inputSchema: z.object({ path: z.string(), line: z.string() }) },
    async ({ path, line }) => {
      appendFileSync(path, `${line}\n`)
      return text('written')
    },
  )
  server.registerTool('fail', { description: 'Fails' }, async () => ({ ...text('no such thing'), isError: true }))
  server.registerTool('flood', { description: 'Says too much' }, async () => text('x'.repeat(100_000)))
  server.registerTool('crash', { description: 'Ends the server' }, async () => process.exit(3))
  server.registerTool('env', { description: 'Its environment' }, async () => text(JSON.stringify(process.env)))
  server.registerTool(
    'hang',
    { description: 'Never answers', inputSchema: z.object({ path: z.string() }) },
    async ({ path }) => {
      const started = spawn('sleep', ['1000'], { stdio: 'ignore' })
      appendFileSync(path, `${process.pid} ${started.pid}\n`)
      return new Promise(() => {})
    },
  )
  server.registerTool(
    'wait',
    { description: 'Answers once a file is there', inputSchema: z.object({ path: z.string() }) },
    async ({ path }) => {
      while (!existsSync(path)) await new Promise(done => setTimeout(done, 10))
      return text('it is there')
    },
  )
  server.registerTool('rich', { description: 'Several kinds of content' }, async () => ({
    content: [
      { type: 'text', text: 'a picture:' },
      { type: 'image', mimeType: 'image/png', data: 'AAAA' },
      { type: 'resource_link', uri: 'https://example.org/a', name: 'a page' },
    ],
  }))
  server.registerTool('grow', { description: 'Makes one more tool' }, async () => {
    server.registerTool('grown', { description: 'Was not there before' }, async () => text('here I am'))
    return text('grown')
  })
  return server
}
