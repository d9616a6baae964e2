import { crash } from '../../../scripts/survival/rows/crash.ts'
import { testRows } from '../rows.ts'

testRows('I: stopped and killed at every step', crash)
