import { startup } from '../../../scripts/survival/rows/startup.ts'
import { testRows } from '../rows.ts'

testRows('A: start-up and credentials', startup)
