/** What was asked last in each session, for `/retry`. In memory: after a restart the history tells it. */
import { putNewest } from '../../lib/newest.ts'
import type { Attachment } from '../../platforms/platform.ts'

export interface LastQuestion {
  readonly text: string
  /** As the model reads it. */
  readonly prompt: string
  readonly attachments: readonly Attachment[]
  /** It has an answer, and both are in the history. */
  readonly answered: boolean
}

export interface LastQuestions {
  note(session: string, question: LastQuestion): void
  of(session: string): LastQuestion | undefined
  forget(session: string): void
}

const MOST_SESSIONS = 1000

export function createLastQuestions(): LastQuestions {
  const questions = new Map<string, LastQuestion>()
  return {
    note(session, question) {
      putNewest(questions, session, question, MOST_SESSIONS)
    },
    of: session => questions.get(session),
    forget(session) {
      questions.delete(session)
    },
  }
}
