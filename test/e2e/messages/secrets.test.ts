import { secretRows } from '../../../scripts/survival/rows/secrets.ts'
import { testRows } from '../rows.ts'

testRows('secrets', secretRows)
