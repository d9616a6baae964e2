/** The program `herald`. What costs time is loaded only by the command that needs it. */
import { enableCompileCache } from 'node:module'

enableCompileCache()
const { main } = await import('./program.ts')
await main()
