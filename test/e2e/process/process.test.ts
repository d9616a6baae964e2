import { processRows } from '../../../scripts/survival/rows/process.ts'
import { testRows } from '../rows.ts'

testRows('the process and its exit codes', processRows)
