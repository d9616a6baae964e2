/** Cuts a text that arrives in pieces into lines: LF, CRLF and CR all end one, wherever the pieces were cut. */
export interface LineReader {
  /** The lines that this piece completes, without their ends. */
  push(piece: string): readonly string[]
  /** What is left without an end. */
  readonly rest: string
}

export function createLineReader(): LineReader {
  let rest = ''
  /** The last piece ended with CR: an LF at the start of the next one belongs to it. */
  let afterCr = false
  return {
    push(piece) {
      if (piece === '') return []
      const lines = (afterCr && piece.startsWith('\n') ? piece.slice(1) : piece).split(/\r\n|\n|\r/)
      afterCr = piece.endsWith('\r')
      lines[0] = rest + (lines[0] ?? '')
      rest = lines.pop() ?? ''
      return lines
    },
    get rest() {
      return rest
    },
  }
}
