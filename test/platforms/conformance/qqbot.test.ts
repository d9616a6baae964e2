/** QQ's adapter passes the suite that every adapter must pass, over either transport. */
import { adapterSuite } from '../../../src/platforms/conformance/suite.ts'
import { qqbot, qqbotByWebhook } from './qqbot.ts'

adapterSuite(qqbot)
adapterSuite(qqbotByWebhook)
