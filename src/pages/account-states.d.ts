import type { AccountState } from '../gateway/status/status-document.ts'

export const STATES_IN_CHINESE: Readonly<Record<AccountState, string>>
