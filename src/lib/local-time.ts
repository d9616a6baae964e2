/** `14:03`, and `2026-01-31 14:03` of another day than today: in the time of this machine, to be read by people. */
export function localTime(ms: number, nowMs: number): string {
  const [day, time] = partsOf(ms)
  return day === partsOf(nowMs)[0] ? time : `${day} ${time}`
}

/** Every ISO time within a text, as `say` has it. */
export function replaceIsoTimes(text: string, say: (ms: number) => string): string {
  return text.replaceAll(ISO_TIME, iso => say(Date.parse(iso)))
}

/** `2026-01-31 14:03 UTC+08:00`: for whoever may read it elsewhere. */
export function localTimeWithZone(ms: number): string {
  const minutesEast = -new Date(ms).getTimezoneOffset()
  const [hours, minutes] = [Math.floor(Math.abs(minutesEast) / 60), Math.abs(minutesEast) % 60]
  return `${partsOf(ms).join(' ')} UTC${minutesEast < 0 ? '-' : '+'}${twoDigits(hours)}:${twoDigits(minutes)}`
}

const ISO_TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g

const twoDigits = (part: number): string => String(part).padStart(2, '0')

function partsOf(ms: number): readonly [day: string, time: string] {
  const at = new Date(ms)
  const day = `${at.getFullYear()}-${twoDigits(at.getMonth() + 1)}-${twoDigits(at.getDate())}`
  return [day, `${twoDigits(at.getHours())}:${twoDigits(at.getMinutes())}`]
}
