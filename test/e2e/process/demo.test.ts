import { demoRows } from '../../../scripts/survival/rows/demo.ts'
import { testRows } from '../rows.ts'

testRows('npm start', demoRows)
