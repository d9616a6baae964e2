import { createCipheriv } from 'node:crypto'
import { isRecord } from '../../../lib/json.ts'
import { createRecentMap } from '../bounded.ts'
import { type Call, type Reply, type Route, route } from '../rest/http.ts'
import type { World } from '../world.ts'

/** A person who scans the code of a bot: how that ends. */
export interface BindTask {
  readonly id: string
  readonly atMs: number
  status: 'none' | 'pending' | 'completed' | 'expired'
}

/** The endpoints behind the QR code by which a client is given a bot's credentials. */
export interface Binding {
  readonly routes: readonly Route[]
  tasks(): readonly BindTask[]
  /** The code was scanned and the bot chosen: the next poll hands over its credentials, encrypted. */
  complete(taskId: string, appId: string): void
  expire(taskId: string): void
}

interface Task extends BindTask {
  readonly key: Buffer
  appId: string | undefined
}

const STATUS = { none: 0, pending: 1, completed: 2, expired: 3 } as const
const TASKS_KEPT = 1_000

export function createBinding(world: World): Binding {
  const tasks = createRecentMap<string, Task>(TASKS_KEPT)

  const failed = (msg: string): Reply => ({ ok: { retcode: 1, msg } })

  const create = ({ body }: Call): Reply => {
    const key = isRecord(body) && typeof body['key'] === 'string' ? Buffer.from(body['key'], 'base64') : undefined
    if (key?.length !== 32) return failed('the key must be 32 bytes')
    const task: Task = { id: world.ids.uuid(), atMs: world.now(), status: 'pending', key, appId: undefined }
    tasks.set(task.id, task)
    return { ok: { retcode: 0, msg: 'success', data: { task_id: task.id } } }
  }

  /** IV, ciphertext and tag, as AES-256-GCM under the client's own key. */
  const encrypt = (secret: string, key: Buffer): string => {
    const iv = Buffer.from(Array.from({ length: 12 }, () => Math.floor(world.random.next() * 256)))
    const cipher = createCipheriv('aes-256-gcm', key, iv)
    return Buffer.concat([iv, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64')
  }

  const poll = ({ body }: Call): Reply => {
    const task = tasks.get(isRecord(body) ? String(body['task_id']) : '')
    if (!task) return failed('no such task')
    const bot = task.appId === undefined ? undefined : world.bots.get(task.appId)
    const credentials = bot ? { bot_appid: bot.appId, bot_encrypt_secret: encrypt(bot.secret, task.key) } : {}
    return { ok: { retcode: 0, msg: 'success', data: { status: STATUS[task.status], ...credentials } } }
  }

  const found = (taskId: string): Task => {
    const task = tasks.get(taskId)
    if (!task) throw new Error(`no bind task ${taskId}`)
    return task
  }

  return {
    routes: [
      route('bind', 'POST /lite/create_bind_task', create, false),
      route('bind', 'POST /lite/poll_bind_result', poll, false),
    ],
    tasks: () => tasks.values().map(({ id, atMs, status }) => ({ id, atMs, status })),
    complete(taskId, appId) {
      const task = found(taskId)
      if (!world.bots.has(appId)) throw new Error(`no bot ${appId}`)
      task.appId = appId
      task.status = 'completed'
    },
    expire(taskId) {
      found(taskId).status = 'expired'
    },
  }
}
