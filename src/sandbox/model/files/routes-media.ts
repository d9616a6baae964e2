import { isRecord } from '../../../lib/json.ts'
import type { Bot } from '../access/bots.ts'
import type { FaultOf } from '../faults/fault-specs.ts'
import { messageOfCode, type Refusal, refuse } from '../rest/errors.ts'
import { type Call, emptyReply, htmlPage, type Reply, type Route, route } from '../rest/http.ts'
import type { Chat } from '../talk/chats.ts'
import { chatOf, unknownChat } from '../talk/routes-messages.ts'
import type { World } from '../world.ts'
import { createChunkedUploads, type WholeFile } from './chunked.ts'
import type { FileStore } from './files.ts'
import { fitsFileType, type HostedFiles, typeOfBytes } from './hosted.ts'

type Scene = 'c2c' | 'group'
type Way = 'url' | 'inline' | 'parts'

/** The calls that bring files to the platform, and the addresses where it hands them out. */
export function mediaRoutes(files: FileStore, hosted: HostedFiles): readonly Route[] {
  const chunked = createChunkedUploads()

  /** What a bot asks for in a chat of its own, read without trust. */
  const inChat =
    (kind: Scene, handle: (call: Call, bot: Bot, chat: Chat, body: Readonly<Record<string, unknown>>) => Reply) =>
    (call: Call): Reply => {
      const { bot, params, body } = call
      const chat = bot && chatOf(bot, kind, params[0] ?? '')
      if (!bot || !chat) return { refusal: unknownChat(kind) }
      return isRecord(body) ? handle(call, bot, chat, body) : { refusal: refuse(12002) }
    }

  const keep = (world: World, bot: Bot, chat: Chat, { name, fileType, bytes }: WholeFile): Reply => {
    if (world.options.checkFormats && !fitsFileType(fileType, bytes)) return { refusal: refuse(850019) }
    const url = hosted.add({ name, mediaType: typeOfBytes(bytes) ?? 'application/octet-stream', bytes })
    return ticket(world, bot, chat, { name, fileType, url })
  }
  const ticket = (
    world: World,
    bot: Bot,
    chat: Chat,
    file: { readonly name: string; readonly fileType: number; readonly url: string },
  ): Reply => {
    const receipt = files.add(
      { ...file, appId: bot.appId, scene: chat.kind },
      world.now(),
      world.options.fileTtlSeconds,
    )
    const { file_info: _, ...withoutInfo } = receipt
    return { ok: world.options.fileInfoMissing ? withoutInfo : receipt }
  }

  const upload = (call: Call, bot: Bot, chat: Chat, body: Readonly<Record<string, unknown>>): Reply => {
    const { world } = call
    const way: Way =
      typeof body['upload_id'] === 'string' ? 'parts' : typeof body['file_data'] === 'string' ? 'inline' : 'url'
    const forced = forcedRefusal(world, bot, way)
    if (forced) return { refusal: forced }
    if (way === 'parts') {
      mayForget(world, bot.appId, body['upload_id'])
      const whole = chunked.complete(String(body['upload_id']), { appId: bot.appId, openid: chat.openid })
      return 'refusal' in whole ? whole : keep(world, bot, chat, whole)
    }
    const { file_name: given, file_type: type, url, file_data: data } = body
    const name = typeof given === 'string' ? given : 'file'
    const fileType = typeof type === 'number' ? type : 1
    if (typeof data === 'string') return keep(world, bot, chat, { name, fileType, bytes: Buffer.from(data, 'base64') })
    if (typeof url !== 'string') return { refusal: refuse(40034004) }
    return ticket(world, bot, chat, { name, fileType, url })
  }

  const sized =
    (kind: Scene) =>
    (call: Call): Reply =>
      call.sizeBytes > call.world.options.inlineUploadLimitBytes
        ? { html: htmlPage('413 Request Entity Too Large'), status: 413 }
        : inChat(kind, upload)(call)

  const mayForget = (world: World, appId: string | undefined, uploadId: unknown): void => {
    if (world.faults.take('forget_uploads', appId)) chunked.forget(String(uploadId))
  }
  const prepare = ({ world, headers }: Call, bot: Bot, chat: Chat, body: Readonly<Record<string, unknown>>): Reply => {
    const where = { appId: bot.appId, scene: chat.kind, openid: chat.openid }
    return chunked.prepare(world, where, body, `http://${String(headers['host'] ?? 'localhost')}`)
  }
  const finish = ({ world }: Call, bot: Bot, chat: Chat, body: Readonly<Record<string, unknown>>): Reply => {
    mayForget(world, bot.appId, body['upload_id'])
    const where = { appId: bot.appId, openid: chat.openid }
    const refusal = chunked.finish(String(body['upload_id']), where, body)
    return refusal ? { refusal } : emptyReply(world)
  }
  const put = ({ world, params, bytes = new Uint8Array() }: Call): Reply => {
    mayForget(world, undefined, params[0])
    const status = chunked.put(params[0] ?? '', Number(params[1]), bytes)
    return status === 200 ? { ok: undefined } : { html: '<Error><Code>NoSuchUpload</Code></Error>', status }
  }
  const handOut = ({ params }: Call): Reply => {
    const file = hosted.find(params[0] ?? '')
    return file ? { file } : { html: htmlPage('404 Not Found'), status: 404 }
  }

  const scenes = (['c2c', 'group'] as const).flatMap(kind => {
    const base = kind === 'c2c' ? '/v2/users/*' : '/v2/groups/*'
    return [
      route('upload', `POST ${base}/files`, sized(kind)),
      route('upload_prepare', `POST ${base}/upload_prepare`, inChat(kind, prepare)),
      route('upload_finish', `POST ${base}/upload_part_finish`, inChat(kind, finish)),
    ]
  })
  return [
    ...scenes,
    route('upload_part', 'PUT /cos/*/*', put, false),
    route('download', 'GET /hosted/*/*', handOut, false),
  ]
}

function forcedRefusal(world: World, bot: Bot, way: Way): Refusal | undefined {
  const fault: FaultOf<'upload'> | undefined = world.faults.take(
    'upload',
    bot.appId,
    ({ when }) => when === 'any' || when === way,
  )
  if (!fault) return undefined
  const { code, message = messageOfCode(code), status } = fault
  return { code, message, ...(status === undefined ? {} : { status }) }
}
