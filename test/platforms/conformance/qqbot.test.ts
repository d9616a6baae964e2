/** QQ's adapter passes the suite that every adapter must pass. */
import { adapterSuite } from '../../../src/platforms/conformance/suite.ts'
import { qqbot } from './qqbot.ts'

adapterSuite(qqbot)
