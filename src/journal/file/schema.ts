import type { Connection } from './connection.ts'

/** "Hrld": tells a journal of Herald from any other SQLite file. */
export const APPLICATION_ID = 0x48726c64

/**
 * Step n leads from schema n to schema n + 1. A step that has shipped is never changed; a new one is added. Times are epoch
 * milliseconds. `content` is 1 while a row still has what people said.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE inbox (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    chat_kind TEXT NOT NULL,
    chat_id TEXT NOT NULL,
    sender_id TEXT NOT NULL,
    sender_name TEXT,
    sender_is_bot INTEGER NOT NULL,
    addressed INTEGER NOT NULL,
    reply_via TEXT NOT NULL,
    reply_id TEXT NOT NULL,
    text TEXT NOT NULL,
    attachments TEXT NOT NULL,
    raw TEXT NOT NULL,
    content INTEGER NOT NULL,
    observed INTEGER NOT NULL,      -- never to be run so far: a copy that is for the bot may still upgrade it
    state TEXT NOT NULL,
    "end" TEXT,
    detail TEXT,
    listed INTEGER NOT NULL,        -- ended badly, and nobody has moved it yet
    turn INTEGER,                   -- while replying and after: the first reply of its turn
    attempts INTEGER NOT NULL,
    received_at_ms INTEGER NOT NULL,
    reply_until_ms INTEGER NOT NULL,
    ended_at_ms INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX inbox_key ON inbox (id, account);
  CREATE INDEX inbox_open ON inbox (account, n) WHERE state <> 'ended';
  CREATE INDEX inbox_turn ON inbox (turn) WHERE turn IS NOT NULL;
  CREATE INDEX inbox_received ON inbox (received_at_ms);
  CREATE INDEX inbox_content ON inbox (ended_at_ms) WHERE content = 1 AND ended_at_ms IS NOT NULL;
  CREATE INDEX inbox_listed ON inbox (n) WHERE listed = 1;

  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    chat_kind TEXT NOT NULL,
    chat_id TEXT NOT NULL,
    inbound_id TEXT,
    turn INTEGER,                   -- the turn whose end waits for this row
    purpose TEXT NOT NULL,
    text TEXT NOT NULL,
    form TEXT NOT NULL,
    extras TEXT,                    -- buttons, a file, a quote: what goes with the text
    content INTEGER NOT NULL,
    state TEXT NOT NULL,
    reply_via TEXT,
    reply_id TEXT,
    seq INTEGER,
    until_ms INTEGER,
    posts INTEGER NOT NULL,
    in_doubt INTEGER NOT NULL,
    platform_id TEXT,
    detail TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,      -- when it came into its present state
    settled_at_ms INTEGER
  ) STRICT;
  CREATE INDEX outbox_inbound ON outbox (inbound_id, account);
  CREATE INDEX outbox_target ON outbox (reply_id, account) WHERE reply_id IS NOT NULL;
  CREATE INDEX outbox_turn ON outbox (turn) WHERE turn IS NOT NULL;
  CREATE INDEX outbox_platform_id ON outbox (platform_id) WHERE platform_id IS NOT NULL;
  CREATE INDEX outbox_open ON outbox (account, id) WHERE state = 'pending' OR state = 'sending';
  CREATE INDEX outbox_listed ON outbox (account, chat_kind, chat_id, id)
    WHERE state = 'held' OR state = 'unknown' OR state = 'refused' OR state = 'expired';
  CREATE INDEX outbox_created ON outbox (created_at_ms);
  CREATE INDEX outbox_content ON outbox (settled_at_ms) WHERE content = 1 AND settled_at_ms IS NOT NULL;

  -- Sequence numbers that rows gave back when they lost their place: the platform may have seen them, so never again.
  CREATE TABLE spent_seq (
    account TEXT NOT NULL,
    via TEXT NOT NULL,
    target TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (account, via, target)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX spent_seq_at ON spent_seq (at_ms);

  CREATE TABLE cursor (
    account TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE memory (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE chat (
    n INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    facts TEXT NOT NULL,
    last_message_id TEXT,
    last_message_at_ms INTEGER,
    UNIQUE (account, kind, id)
  ) STRICT;

  CREATE TABLE history (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    chat INTEGER NOT NULL REFERENCES chat (n) ON DELETE CASCADE,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX history_chat ON history (chat, n);

  CREATE TABLE transitions (
    n INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    "from" TEXT NOT NULL,
    "to" TEXT NOT NULL,
    code TEXT,
    message TEXT
  ) STRICT;
  CREATE INDEX transitions_at ON transitions (at_ms);

  CREATE TABLE probe (one INTEGER PRIMARY KEY CHECK (one = 1), writes INTEGER NOT NULL) STRICT;
  PRAGMA application_id = ${APPLICATION_ID};
  `,
  // A chat may keep the history of each of its people apart; an empty member is the chat as a whole.
  `
  ALTER TABLE history ADD COLUMN member TEXT NOT NULL DEFAULT '';
  DROP INDEX history_chat;
  CREATE INDEX history_session ON history (chat, member, n);
  CREATE INDEX history_at ON history (at_ms);
  `,
  // What can be quoted, and what a message quotes where its platform gave the name alone.
  `
  CREATE TABLE quotable (
    account TEXT NOT NULL,
    ref TEXT NOT NULL,
    author TEXT,
    text TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (account, ref)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX quotable_at ON quotable (at_ms);
  ALTER TABLE inbox ADD COLUMN quotes TEXT;
  `,
  // What was known when an account changed: how often it had tried, and when its link last showed life.
  `
  ALTER TABLE transitions ADD COLUMN facts TEXT;
  `,
  // Which rows took on the text of which, so that whoever knows a number finds what became of it.
  `
  CREATE TABLE successor (
    old INTEGER NOT NULL,
    new INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (old, new)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX successor_at ON successor (at_ms);
  `,
  // Which audit decides whether a message is shown, so that its verdict finds it.
  `
  ALTER TABLE outbox ADD COLUMN audit_id TEXT;
  CREATE INDEX outbox_audit ON outbox (audit_id, account) WHERE audit_id IS NOT NULL;
  `,
  // The files of what can be quoted.
  `
  ALTER TABLE quotable ADD COLUMN attachments TEXT;
  `,
]

/**
 * Brings a journal to the newest schema, all steps in one transaction: after a failure or a crash it is as it was. The caller
 * has made sure that it is not newer than `migrations`.
 */
export function migrate(connection: Connection, migrations: readonly string[] = MIGRATIONS): void {
  if (connection.pragma('user_version') === migrations.length) return
  connection.exec('BEGIN IMMEDIATE')
  try {
    // Read again: until now another process may have migrated it.
    for (const step of migrations.slice(connection.pragma('user_version'))) connection.exec(step)
    connection.exec(`PRAGMA user_version = ${migrations.length}`)
    connection.exec('COMMIT')
  } catch (thrown) {
    if (connection.inTransaction) connection.exec('ROLLBACK')
    throw thrown
  }
}
