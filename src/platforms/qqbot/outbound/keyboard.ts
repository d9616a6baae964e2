/** Rows of buttons as the platform wants them. Pure. */
import type { Button, ChatKind } from '../../platform.ts'

/** More are refused by the platform, 40034029. */
const MOST_IN_A_ROW = 5
const MOST_ROWS = 5
const LONGEST_LABEL = 10
const STYLES: Readonly<Record<Button['style'], number>> = { plain: 0, primary: 1, danger: 3 }
const CALLBACK = 1
const COMMAND = 2
const LISTED_PEOPLE = 0
const EVERYONE = 2

type Rows = readonly (readonly Button[])[]

/** Undefined where there are more buttons than a keyboard holds. */
export function keyboardOf(given: Rows, kind: ChatKind): object | undefined {
  const rows = fitted(given)
  if (rows.length === 0 || rows.length > MOST_ROWS) return undefined
  return { content: { rows: rows.map(row => ({ buttons: row.map(button => buttonOf(button, kind)) })) } }
}

/** Rows that are too long flow on into the next. */
function fitted(given: Rows): Rows {
  const rows = given.filter(row => row.length > 0)
  if (rows.length <= MOST_ROWS && rows.every(row => row.length <= MOST_IN_A_ROW)) return rows
  const all = rows.flat()
  return Array.from({ length: Math.ceil(all.length / MOST_IN_A_ROW) }, (_, row) =>
    all.slice(row * MOST_IN_A_ROW, (row + 1) * MOST_IN_A_ROW),
  )
}

function buttonOf({ id, label, number, data, says, style, onlyFor }: Button, kind: ChatKind): object {
  const shown = shortened(label, number)
  // In private there is nobody else; a list could only shut out the one.
  const people = kind === 'c2c' || kind === 'dm' ? undefined : onlyFor
  return {
    id,
    render_data: { label: shown, visited_label: shown, style: STYLES[style] },
    action: {
      // What is to be said is sent at once in private, and stands in the field with the bot's mention in a group.
      ...(says ? { type: COMMAND, enter: kind === 'c2c' } : { type: CALLBACK }),
      permission: people === undefined ? { type: EVERYONE } : { type: LISTED_PEOPLE, specify_user_ids: people },
      data,
      unsupport_tips: label,
    },
  }
}

/** Of names that begin alike the number tells which is which. */
function shortened(label: string, number: number | undefined): string {
  if ([...label].length <= LONGEST_LABEL) return label
  const signs = [...(number === undefined ? label : `${number} ${label}`)]
  return `${signs.slice(0, LONGEST_LABEL - 1).join('')}…`
}
