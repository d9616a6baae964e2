import { liveness } from '../../../scripts/survival/rows/liveness.ts'
import { testRows } from '../rows.ts'

testRows('B: liveness', liveness)
