import { homeRows } from '../../../scripts/survival/rows/home.ts'
import { testRows } from '../rows.ts'

testRows('I: settings, port, home, disk and database', homeRows)
