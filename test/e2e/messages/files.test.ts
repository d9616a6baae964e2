import { files } from '../../../scripts/survival/rows/files.ts'
import { testRows } from '../rows.ts'

testRows('D and E: files and typing', files)
