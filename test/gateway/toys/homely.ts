/** Prepares a home. Arguments: home. */
import { prepareHome } from '../../../src/gateway/process/home.ts'
import { describeError } from '../../../src/lib/errors.ts'

try {
  console.log(`home ${prepareHome(process.argv[2] ?? '')}`)
} catch (error) {
  console.log(`refused ${describeError(error)}`)
}
