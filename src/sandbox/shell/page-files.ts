import { join } from 'node:path'
import { createPageFiles } from '../../pages/page-files.ts'

/** The chat page; beside this program, in the sources as in what is built from them. */
export const servePage = createPageFiles(join(import.meta.dirname, '..', 'page'))
