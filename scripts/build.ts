/** Builds `dist/`: what a published package runs, since Node does not strip types inside node_modules. */
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, run } from './steps.ts'

rmSync(join(ROOT, 'dist'), { recursive: true, force: true })
run('build', ['tsc', '-p', 'tsconfig.build.json'])
// Pages are served as they are: plain HTML, CSS and JavaScript.
for (const folder of ['sandbox/page', 'dashboard/page', 'pages'])
  cpSync(join(ROOT, 'src', folder), join(ROOT, 'dist', folder), {
    recursive: true,
    filter: path => !path.endsWith('.ts'),
  })
