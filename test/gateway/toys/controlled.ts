/** Serves a control socket. Arguments: home. */
import { serveControl } from '../../../src/gateway/control/control.ts'
import { silentLogger } from '../../../src/lib/log.ts'

await serveControl(
  process.argv[2] ?? '',
  (method, path, body) => Promise.resolve({ status: 200, body: { method, path, got: JSON.stringify(body) ?? null } }),
  silentLogger,
)
console.log('listening')
