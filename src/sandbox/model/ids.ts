import { hexId, type Random } from '../../lib/random.ts'

/** Identifiers in the shapes of the platform. Random where they are rare, counted where one is needed per message. */
export interface Ids {
  /** 32 upper-case hexadecimal digits. */
  openid(): string
  /** 19 decimal digits. */
  decimal(): string
  uuid(): string
  token(): string
  /** `ROBOT1.0_…`, now and then with the characters that must be escaped in a path. */
  messageId(): string
  /** `<EVENT_TYPE>:…`. */
  eventId(type: string): string
  refIdx(): string
  /** 32 lower-case hexadecimal digits. */
  traceId(): string
}

export function createIds(random: Random): Ids {
  const salt = hexId(random, 12)
  const letters = hexId(random, 8)
  let count = 0
  const next = (): string => {
    count += 1
    return count.toString(36)
  }
  const digit = (): string => Math.floor(random.next() * 10).toString()

  return {
    openid: () => hexId(random, 32).toUpperCase(),
    decimal: () => `${1 + Math.floor(random.next() * 9)}${Array.from({ length: 18 }, digit).join('')}`,
    uuid: () => hexId(random, 32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5'),
    token: () => hexId(random, 48),
    messageId: () => `ROBOT1.0_${salt}-${next()}.${letters}${count % 3 === 0 ? '!' : count % 3 === 1 ? '!!' : '_'}`,
    eventId: type => `${type}:${salt}${next()}`,
    refIdx: () => `REFIDX_${salt}/${next()}+==`,
    traceId: () =>
      `${letters}${salt}${next()
        .replaceAll(/[^0-9a-f]/g, 'e')
        .padStart(12, '0')}`,
  }
}
