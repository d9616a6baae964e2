/** Builds `dist/`: what a published package runs, since Node does not strip types inside node_modules. */
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, run } from './steps.ts'

rmSync(join(ROOT, 'dist'), { recursive: true, force: true })
run('build', ['tsc', '-p', 'tsconfig.build.json'])
// The chat page is served as it is: plain HTML, CSS and JavaScript.
cpSync(join(ROOT, 'src/sandbox/page'), join(ROOT, 'dist/sandbox/page'), { recursive: true })
