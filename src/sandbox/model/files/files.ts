import { createRecentMap } from '../bounded.ts'
import type { Ids } from '../ids.ts'
import type { Chat } from '../talk/chats.ts'

interface StoredFile {
  readonly appId: string
  readonly scene: Chat['kind']
  readonly name: string
  readonly fileType: number
  readonly url: string
  readonly expiresAtMs: number
}

export interface UploadReceipt {
  readonly file_uuid: string
  readonly file_info: string
  readonly ttl: number
}

/** Media that were uploaded: usable in the scene they were uploaded for, until their time is up. */
export interface FileStore {
  add(file: Omit<StoredFile, 'expiresAtMs'>, nowMs: number, ttlSeconds: number): UploadReceipt
  usable(fileInfo: string, appId: string, chat: Chat, nowMs: number): boolean
  find(fileInfo: string): StoredFile | undefined
}

const FILES_KEPT = 5_000

export function createFileStore(ids: Ids): FileStore {
  const byInfo = createRecentMap<string, StoredFile>(FILES_KEPT)
  return {
    add(file, nowMs, ttlSeconds) {
      const uuid = ids.uuid()
      const info = `FILEINFO/${uuid.replaceAll('-', '')}==`
      const expiresAtMs = ttlSeconds === 0 ? Number.POSITIVE_INFINITY : nowMs + ttlSeconds * 1000
      byInfo.set(info, { ...file, expiresAtMs })
      return { file_uuid: uuid, file_info: info, ttl: ttlSeconds }
    },
    usable(fileInfo, appId, chat, nowMs) {
      const file = byInfo.get(fileInfo)
      return file !== undefined && file.appId === appId && file.scene === chat.kind && file.expiresAtMs > nowMs
    },
    find: fileInfo => byInfo.get(fileInfo),
  }
}
