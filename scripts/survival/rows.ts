import type { Row } from './row.ts'
import { alerting } from './rows/alerts.ts'
import { closes } from './rows/closes.ts'
import { crash } from './rows/crash.ts'
import { demoRows } from './rows/demo.ts'
import { files } from './rows/files.ts'
import { homeRows } from './rows/home.ts'
import { inbound } from './rows/inbound.ts'
import { liveness } from './rows/liveness.ts'
import { outbound } from './rows/outbound.ts'
import { pairing } from './rows/pairing.ts'
import { processRows } from './rows/process.ts'
import { secretRows } from './rows/secrets.ts'
import { startup } from './rows/startup.ts'
import { stops } from './rows/stops.ts'
import { supervisor } from './rows/supervisor.ts'
import { truth } from './rows/truth.ts'
import { webhookRows } from './rows/webhook.ts'

/** Every row of this version, in the order of the table. */
export const ROWS: readonly Row[] = [
  ...startup,
  ...liveness,
  ...closes,
  ...stops,
  ...inbound,
  ...outbound,
  ...truth,
  ...webhookRows,
  ...supervisor,
  ...processRows,
  ...homeRows,
  ...crash,
  ...demoRows,
  ...pairing,
  ...secretRows,
  ...files,
  ...alerting,
]
