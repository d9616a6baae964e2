/** Everything that must hold before a commit: types, format and lint, structure, tests. `lint` leaves the tests out. */
import { run } from './steps.ts'

run('types', ['tsc', '-p', '.'])
run('format and lint', ['biome', 'ci', '.'])
run('structure', [process.execPath, 'scripts/structure.ts'])
if (process.argv[2] !== 'lint') run('tests', [process.execPath, 'scripts/test.ts'])
