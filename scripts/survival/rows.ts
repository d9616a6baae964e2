import type { Row } from './row.ts'
import { startup } from './rows/startup.ts'

/** Every row of this version, in the order of the table. */
export const ROWS: readonly Row[] = [...startup]
