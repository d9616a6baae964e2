import { truth } from '../../../scripts/survival/rows/truth.ts'
import { testRows } from '../rows.ts'

testRows('H: the truth', truth)
