import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite'

export type Row = Record<string, SQLOutputValue>
export type Value = SQLInputValue

/** Looks at what is committed (and, inside a write, at what that write has done so far). */
export interface Reader {
  get(sql: string, ...values: Value[]): Row | undefined
  all(sql: string, ...values: Value[]): Row[]
}

/** One open SQLite database; each statement is prepared once. All of it is synchronous and throws what SQLite throws. */
export interface Connection extends Reader {
  run(sql: string, ...values: Value[]): { readonly changes: number; readonly lastId: number }
  /** Any number of statements, not kept prepared. */
  exec(sql: string): void
  /** The value of a pragma that is a number. */
  pragma(name: string): number
  readonly inTransaction: boolean
  close(): void
}

export function connect(path: string, busyTimeoutMs: number): Connection {
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs })
  const prepared = new Map<string, StatementSync>()
  const statement = (sql: string): StatementSync => {
    const known = prepared.get(sql)
    if (known) return known
    const made = database.prepare(sql)
    prepared.set(sql, made)
    return made
  }
  return {
    get: (sql, ...values) => statement(sql).get(...values),
    all: (sql, ...values) => statement(sql).all(...values),
    run(sql, ...values) {
      const { changes, lastInsertRowid } = statement(sql).run(...values)
      return { changes: Number(changes), lastId: Number(lastInsertRowid) }
    },
    exec: sql => database.exec(sql),
    pragma: name => Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0] ?? 0),
    get inTransaction() {
      return database.isTransaction
    },
    close: () => database.close(),
  }
}
