import { webhookRows } from '../../../scripts/survival/rows/webhook.ts'
import { testRows } from '../rows.ts'

testRows('the truth about an account by webhook', webhookRows)
