import { outbound } from '../../../scripts/survival/rows/outbound.ts'
import { testRows } from '../rows.ts'

testRows('E: what goes out', outbound)
