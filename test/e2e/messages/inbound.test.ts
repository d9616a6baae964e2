import { inbound } from '../../../scripts/survival/rows/inbound.ts'
import { testRows } from '../rows.ts'

testRows('D: what comes in', inbound)
