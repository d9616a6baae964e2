import { closes } from '../../../scripts/survival/rows/closes.ts'
import { testRows } from '../rows.ts'

testRows('C: closes and loops', closes)
