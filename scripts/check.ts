/** Everything that must hold before a commit: types, format and lint, structure, tests. */
import { run } from './steps.ts'

run('types', ['tsc', '-p', '.'])
run('format and lint', ['biome', 'ci', '.'])
run('structure', [process.execPath, 'scripts/structure.ts'])
run('tests', [process.execPath, 'scripts/test.ts'])
