/** Holds a database as another program might, until its standard input ends: `writing`, or `alone` (nobody else may even read). */
import { DatabaseSync } from 'node:sqlite'

const [path = '', how = ''] = process.argv.slice(2)
const database = new DatabaseSync(path)
if (how === 'alone') database.exec('PRAGMA locking_mode = EXCLUSIVE')
database.exec('BEGIN IMMEDIATE')
database.exec('CREATE TABLE IF NOT EXISTS other (x)')
console.log('held')
process.stdin.resume().on('end', () => database.close())
