/** `14:03`, and `2026-01-31 14:03` of another day than today: in the time of this machine, to be read by people. */
export function localTime(ms: number, nowMs: number): string {
  const [day, time] = partsOf(ms)
  return day === partsOf(nowMs)[0] ? time : `${day} ${time}`
}

function partsOf(ms: number): readonly [day: string, time: string] {
  const at = new Date(ms)
  const two = (part: number): string => String(part).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return [day, `${two(at.getHours())}:${two(at.getMinutes())}`]
}
