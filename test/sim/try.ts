import { planOf } from './plan.ts'
import { runWorld } from './world.ts'
const seed = Number(process.argv[2] ?? 1), hours = Number(process.argv[3] ?? 2)
const t = performance.now()
const report = await runWorld(planOf(seed, hours), process.argv[4] ? { print: line => console.log(line) } : {})
console.log(JSON.stringify({ ...report, faults: Object.values(report.faults).reduce((a, b) => a + b, 0), ms: Math.round(performance.now() - t) }, null, 1))
