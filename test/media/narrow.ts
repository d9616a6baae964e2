/** Fetches a file of its own server in a process whose files have a size limit, and says what came of it: the folder is the argument. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/log.ts'
import { createRequest } from '../../src/lib/net/http.ts'
import { createMedia } from '../../src/media/create-media.ts'
import { messageWith, NEVER } from './house.ts'

const BODY = Buffer.alloc(40 * 1024, 'x')

const server = createServer((_request, response) => response.end(BODY))
await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo
const url = `http://127.0.0.1:${port}`
const home = process.argv[2] ?? ''
const media = createMedia(
  {
    inFolder: join(home, 'in'),
    outFolders: [join(home, 'out')],
    quotaBytes: 1_000_000,
    largestBytes: 1_000_000,
    downloadMs: 5_000,
    fakeIpDns: false,
    ownBases: () => [url],
  },
  { clock: systemClock, log: silentLogger, request: createRequest(systemClock) },
)
const [file] = await media.receive(messageWith({ kind: 'file', name: 'x.txt', url }), NEVER)
console.log(file?.trouble ?? 'fetched')
server.close()
server.closeAllConnections()
