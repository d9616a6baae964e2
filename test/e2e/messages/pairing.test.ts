import { pairing } from '../../../scripts/survival/rows/pairing.ts'
import { testRows } from '../rows.ts'

testRows('J: who may talk', pairing)
