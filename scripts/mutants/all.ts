import { LINK_MUTANTS } from './link.ts'
import { LIFE_MUTANTS } from './lives.ts'
import { MESSAGE_MUTANTS } from './messages.ts'
import type { Mutant } from './mutant.ts'
import { STREAM_MUTANTS } from './streams.ts'

export const MUTANTS: readonly Mutant[] = [...LINK_MUTANTS, ...LIFE_MUTANTS, ...MESSAGE_MUTANTS, ...STREAM_MUTANTS]
