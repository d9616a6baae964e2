import type { Row } from './row.ts'
import { closes } from './rows/closes.ts'
import { liveness } from './rows/liveness.ts'
import { processRows } from './rows/process.ts'
import { startup } from './rows/startup.ts'

/** Every row of this version, in the order of the table. */
export const ROWS: readonly Row[] = [...startup, ...liveness, ...closes, ...processRows]
