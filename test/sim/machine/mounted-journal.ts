import type { Acceptance, Journal } from '../../../src/journal/journal.ts'

export interface Mount {
  /** Takes its time, or refuses; what `work` asks for is durable once it resolves. */
  write<T>(work: () => Promise<T>): Promise<T>
  read<T>(look: () => Promise<T>): Promise<T>
  /** A message is durable now, whether the process still hears of it or not. */
  accepted(messageId: string, acceptance: Acceptance): void
  close(): void
}

/** A journal whose every call goes through a mount. */
export function createMountedJournal(store: Journal, mount: Mount): Journal {
  const { write, read } = mount
  return {
    accept: (account, arrival, message) =>
      write(async () => {
        const acceptance = await store.accept(account, arrival, message)
        if (arrival.message) mount.accepted(arrival.message.id, acceptance)
        return acceptance
      }),
    beginTurn: (account, inboundId) => write(() => store.beginTurn(account, inboundId)),
    endTurn: (account, inboundIds, end, detail, replies, history, member) =>
      write(() => store.endTurn(account, inboundIds, end, detail, replies, history, member)),
    unfinished: account => read(() => store.unfinished(account)),
    addReplies: replies => write(() => store.addReplies(replies)),
    updateReply: (id, patch) => write(() => store.updateReply(id, patch)),
    replaceReplies: (ids, replies) => write(() => store.replaceReplies(ids, replies)),
    followReplies: ids => read(() => store.followReplies(ids)),
    openReplies: account => read(() => store.openReplies(account)),
    acceptedSince: (chat, sinceMs) => read(() => store.acceptedSince(chat, sinceMs)),
    unaskedSince: sinceMs => read(() => store.unaskedSince(sinceMs)),
    repliesOf: (chat, state) => read(() => store.repliesOf(chat, state)),
    underAudit: (account, auditId) => read(() => store.underAudit(account, auditId)),
    replyUse: (account, target) => read(() => store.replyUse(account, target)),
    replyUntilMs: (account, inboundId) => read(() => store.replyUntilMs(account, inboundId)),
    quotable: (account, ref) => read(() => store.quotable(account, ref)),
    keepQuotable: (account, ref, said) => write(() => store.keepQuotable(account, ref, said)),
    // The agents of a simulation do not look at what was said before: to fetch it would only cost time.
    history: () => read(async () => []),
    lastSaidAtMs: (chat, member) => read(() => store.lastSaidAtMs(chat, member)),
    forgetHistory: (chat, member) => write(() => store.forgetHistory(chat, member)),
    compactHistory: (chat, oldest, summary, member) => write(() => store.compactHistory(chat, oldest, summary, member)),
    undoExchange: (chat, member) => write(() => store.undoExchange(chat, member)),
    chatFacts: chat => read(() => store.chatFacts(chat)),
    setChatFacts: (chat, facts) => write(() => store.setChatFacts(chat, facts)),
    cursor: (account, shard) => read(() => store.cursor(account, shard)),
    get: (account, key) => read(() => store.get(account, key)),
    set: (account, key, value) => write(() => store.set(account, key, value)),
    recordTransition: transition => write(() => store.recordTransition(transition)),
    transitions: (account, sinceMs) => read(() => store.transitions(account, sinceMs)),
    changes: (account, sinceMs, most) => read(() => store.changes(account, sinceMs, most)),
    pending: account => store.pending(account),
    openAccounts: () => store.openAccounts(),
    trace: messageId => read(() => store.trace(messageId)),
    dead: () => read(() => store.dead()),
    moveDead: (id, to) => write(() => store.moveDead(id, to)),
    probe: () => write(() => store.probe()),
    sweep: () => write(() => store.sweep()),
    async close() {
      mount.close()
    },
  }
}
