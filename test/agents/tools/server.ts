/** The tools over stdio. `MODE`: `legacy` speaks the protocol of 2025 alone, `modern` that of 2026 alone, `noisy` prints beside it, `away` ends at once. */
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import { toolServer } from './tools.ts'

const MODE = process.env['MODE'] ?? ''
if (MODE === 'away') process.exit(3)
if (MODE === 'noisy') process.stdout.write('Welcome to the tools!\n{"jsonrpc":"2.0"\n')
if (MODE === 'legacy') await toolServer().connect(new StdioServerTransport())
else serveStdio(toolServer, { legacy: MODE === 'modern' ? 'reject' : 'serve' })
