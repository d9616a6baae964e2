import { stops } from '../../../scripts/survival/rows/stops.ts'
import { testRows } from '../rows.ts'

testRows('C: asked to stop, and started again', stops)
