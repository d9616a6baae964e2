/** Reads the settings of a home and says what came of it. Arguments: home. */
import { loadConfig } from '../../../src/config/load.ts'
import { HeraldError } from '../../../src/lib/errors.ts'

try {
  await loadConfig({ home: process.argv[2] ?? '', env: {} })
  console.log('accepted')
} catch (error) {
  if (!(error instanceof HeraldError)) throw error
  console.log(`${error.code} ${error.message}`)
}
