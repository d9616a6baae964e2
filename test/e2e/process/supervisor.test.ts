import { supervisor } from '../../../scripts/survival/rows/supervisor.ts'
import { testRows } from '../rows.ts'

testRows('H: under a real systemd', supervisor)
