import { z } from 'zod'

/**
 * What can be broken. Every fault may be limited to one bot, to a number of times and to a span of time, and may begin
 * later; without limits it lasts until it is turned off.
 */
const limits = {
  appId: z.string().optional(),
  times: z.int().positive().optional(),
  forMs: z.number().positive().optional(),
  afterMs: z.number().nonnegative().optional(),
}

/** The whole host: its port refuses, everything is reset, or TCP stays open and nothing moves. */
const host = z.strictObject({ kind: z.literal('host'), mode: z.enum(['refuse', 'reset', 'freeze']), ...limits })

/** The WebSocket links that are open now go silent, TCP held; new ones work. */
const freezeLinks = z.strictObject({ kind: z.literal('freeze_links'), ...limits })

/** A frame that never comes. */
const mute = z.strictObject({
  kind: z.literal('mute'),
  what: z.enum(['hello', 'ready', 'resumed', 'ack', 'event']),
  ...limits,
})

/** A frame that comes late. */
const slow = z.strictObject({
  kind: z.literal('slow'),
  what: z.enum(['hello', 'ready', 'resumed', 'ack', 'event']),
  delayMs: z.number().positive(),
  ...limits,
})

/** Something the platform does to a link, now or at a point of its life. */
const gateway = z.strictObject({
  kind: z.literal('gateway'),
  /** `identify` and `resume`: instead of the answer. `ready` and `resumed`: right after it. */
  on: z.enum(['now', 'open', 'hello', 'identify', 'resume', 'ready', 'resumed', 'heartbeat']),
  do: z.enum(['close', 'destroy', 'op7', 'op9', 'raw', 'freeze']),
  /** close: without one the close frame is empty (1005). */
  code: z.int().min(0).max(65_535).optional(),
  reason: z.string().max(120).optional(),
  /** close: whether the session is gone too; by default as the code says. */
  forget: z.boolean().optional(),
  /** op9: its `d`. */
  resumable: z.boolean().optional(),
  /** raw: a text to send as it is, or a kind of broken frame. */
  frame: z
    .union([z.strictObject({ text: z.string() }), z.enum(['broken_json', 'binary', 'array', 'huge', 'half'])])
    .optional(),
  sizeBytes: z.int().positive().max(64_000_000).optional(),
  /** Waits this long between the point and the deed. */
  delayMs: z.number().nonnegative().optional(),
  ...limits,
})

/** HELLO's `heartbeat_interval`; absent when there is no value. */
const heartbeatInterval = z.strictObject({
  kind: z.literal('heartbeat_interval'),
  value: z.unknown().optional(),
  ...limits,
})

/** What happens to dispatched events. `swap` holds one back until the next has gone. */
const events = z.strictObject({
  kind: z.literal('events'),
  do: z.enum(['duplicate', 'swap', 'repeat_seq', 'reset_seq', 'skip_seq']),
  ...limits,
})

/** What happens to events that go out by webhook. */
const callbacks = z.strictObject({
  kind: z.literal('callbacks'),
  do: z.enum(['wrong_signature', 'unsigned', 'stale', 'slow', 'twice']),
  /** slow: by how much. */
  delayMs: z.number().nonnegative().optional(),
  ...limits,
})

const forgetSessions = z.strictObject({ kind: z.literal('forget_sessions'), ...limits })
/** An upload in parts is unknown from the next call on that names it. */
const forgetUploads = z.strictObject({ kind: z.literal('forget_uploads'), ...limits })
const revokeToken = z.strictObject({ kind: z.literal('revoke_token'), ...limits })

/** An HTTP answer that goes wrong. `processed`: whether the request takes effect before that. */
const http = z.strictObject({
  kind: z.literal('http'),
  /** `rest` is every OpenAPI call, `any` also the token call and the WebSocket upgrade. */
  route: z.enum([
    'token',
    'gateway',
    'websocket',
    'send',
    'upload',
    'upload_prepare',
    'upload_part',
    'upload_finish',
    'download',
    'recall',
    'interaction',
    'stream',
    'me',
    'rest',
    'any',
  ]),
  method: z.string().optional(),
  /** Part of the path. */
  path: z.string().optional(),
  processed: z.boolean().optional(),
  /** `normal` (perhaps late), connection reset, silence with the connection held, or a made-up answer. */
  answer: z
    .union([
      z.enum(['normal', 'reset', 'silence']),
      z.strictObject({
        status: z.int().min(200).max(599),
        /** A string is sent as it is (HTML when it begins with `<`); anything else as JSON. */
        body: z.unknown().optional(),
        headers: z.record(z.string(), z.string()).optional(),
      }),
    ])
    .optional(),
  delayMs: z.number().nonnegative().optional(),
  ...limits,
})

/** The token answer's `expires_in`; absent when there is no value. */
const expiresIn = z.strictObject({ kind: z.literal('expires_in'), value: z.unknown().optional(), ...limits })

/** A send that is refused by its content or kind; `picture_url` is one of a guild, `stream` is a first frame, `stream_frame` a later one, and 40006 ends its stream. */
const send = z.strictObject({
  kind: z.literal('send'),
  when: z.enum([
    'any',
    'markdown',
    'link',
    'keyboard',
    'proactive',
    'passive',
    'media',
    'picture_url',
    'typing',
    'stream',
    'stream_frame',
  ]),
  code: z.int(),
  message: z.string().optional(),
  status: z.int().min(200).max(599).optional(),
  ...limits,
})

/** An upload that is refused, by the way it comes: by address, in the body, or put together of parts. */
const upload = z.strictObject({
  kind: z.literal('upload'),
  when: z.enum(['any', 'url', 'inline', 'parts']),
  code: z.int(),
  message: z.string().optional(),
  status: z.int().min(200).max(599).optional(),
  ...limits,
})

/** Sends are taken for a human check (HTTP 202); the verdict follows as an event, or never. */
const audit = z.strictObject({
  kind: z.literal('audit'),
  verdict: z.enum(['pass', 'reject', 'none']).optional(),
  verdictAfterMs: z.number().nonnegative().optional(),
  ...limits,
})

export const faultSpecSchema = z.discriminatedUnion('kind', [
  host,
  freezeLinks,
  mute,
  slow,
  gateway,
  heartbeatInterval,
  events,
  callbacks,
  forgetSessions,
  forgetUploads,
  revokeToken,
  http,
  expiresIn,
  send,
  upload,
  audit,
])

export type FaultSpec = z.infer<typeof faultSpecSchema>
export type FaultKind = FaultSpec['kind']
export type FaultOf<K extends FaultKind> = Extract<FaultSpec, { kind: K }>
export type MutedFrame = FaultOf<'mute'>['what']
export type GatewayMoment = FaultOf<'gateway'>['on']
export type HttpRoute = FaultOf<'http'>['route']

/** Limits that may be laid over a preset. */
export interface FaultLimits {
  appId?: string | undefined
  times?: number | undefined
  forMs?: number | undefined
  afterMs?: number | undefined
}
