/** The candidate that was probably meant by `name`; undefined when none is close. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const meant = normal(name)
  let best: { readonly candidate: string; readonly distance: number } | undefined
  for (const candidate of candidates) {
    const distance = editDistance(meant, normal(candidate))
    if (!best || distance < best.distance) best = { candidate, distance }
  }
  if (!best) return undefined
  const farthest = Math.max(1, Math.floor(Math.max(meant.length, best.candidate.length) / 3))
  return best.distance <= farthest ? best.candidate : undefined
}

/** Case and the way words are joined are not what people mean to say. */
const normal = (name: string): string => name.slice(0, 64).toLowerCase().replaceAll(/[-_ ]/g, '')

/** Edits (insert, delete, replace, swap of neighbours) from one text to the other. */
function editDistance(from: string, to: string): number {
  let before: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let y = 1; y <= from.length; y++) {
    const next = [y]
    for (let x = 1; x <= to.length; x++) {
      const same = from[y - 1] === to[x - 1]
      const swapped = y > 1 && x > 1 && from[y - 1] === to[x - 2] && from[y - 2] === to[x - 1]
      next[x] = Math.min(
        (row[x] ?? 0) + 1,
        (next[x - 1] ?? 0) + 1,
        (row[x - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[x - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    before = row
    row = next
  }
  return row[to.length] ?? 0
}
