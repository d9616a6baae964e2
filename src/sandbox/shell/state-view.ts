import type { Operator } from '../operator.ts'

/** Everything that the platform knows at this moment, as JSON, without secrets. */
export function describeState(operator: Operator): object {
  const { world, hostMode } = operator.platform
  return {
    nowMs: world.now(),
    host: hostMode,
    lastEntry: world.record.last,
    totals: operator.totals,
    bots: [...world.bots.values()].map(bot => ({
      appId: bot.appId,
      id: bot.id,
      name: bot.name,
      status: bot.status,
      markdown: bot.markdown,
      proactive: bot.proactive,
      grantedIntents: bot.grantedIntents,
      allowedHosts: bot.allowedHosts ?? null,
      webhook: bot.webhook,
      token: tokenView(bot.tokens.current?.expiresAtMs, world.now()),
      counters: bot.counters,
      people: [...bot.people.values()].map(({ name, openid, friend, proactive, blocked, typingUntilMs, shown }) => ({
        name,
        openid,
        friend,
        proactive,
        blocked,
        typing: typingUntilMs > world.now(),
        messages: shown.length,
      })),
      groups: [...bot.groups.values()].map(group => ({
        name: group.name,
        openid: group.openid,
        botIn: group.botIn,
        muted: group.muted,
        fullMode: group.fullMode,
        proactive: group.proactive,
        typing: group.typingUntilMs > world.now(),
        messages: group.shown.length,
        members: [...group.members.values()],
      })),
      channels: [...bot.channels.values()].map(({ name, openid, guildId, shown }) => ({
        name,
        openid,
        guildId,
        messages: shown.length,
      })),
      sessions: operator.sessions(bot.appId),
    })),
    connections: operator.connections(),
    faults: operator.faults(),
  }
}

function tokenView(expiresAtMs: number | undefined, nowMs: number): object | null {
  return expiresAtMs === undefined ? null : { expiresInMs: Math.max(0, expiresAtMs - nowMs) }
}
