import { z } from 'zod'
import { faultSpecSchema } from '../model/faults/fault-specs.ts'

const appId = z.string().optional()

const saySchema = z.strictObject({
  appId,
  person: z.string().min(1),
  group: z.string().min(1).optional(),
  channel: z.string().min(1).optional(),
  text: z.string().optional(),
  mention: z.boolean().optional(),
  mentionOthers: z.array(z.string()).optional(),
  mentionAll: z.boolean().optional(),
  events: z.enum(['at', 'message', 'both', 'none']).optional(),
  again: z.string().optional(),
  id: z.unknown().optional(),
  ageMs: z.number().optional(),
  attachments: z.array(z.unknown()).optional(),
  quote: z.string().optional(),
  asBot: z.boolean().optional(),
  omit: z.array(z.string()).optional(),
  patch: z.record(z.string(), z.unknown()).optional(),
  d: z.unknown().optional(),
})

export const sayBodySchema = z.union([saySchema, z.array(saySchema)])

export const pushSchema = z.strictObject({ appId, type: z.string().min(1), d: z.unknown(), id: z.string().optional() })

/** A challenge, or what a bot must not take for the platform's word. */
export const callbackSchema = z.strictObject({
  appId,
  what: z.enum(['validation', 'wrong_signature', 'unsigned', 'stale', 'replay']),
})

export const clickSchema = z.strictObject({
  appId,
  message: z.string(),
  button: z.string(),
  person: z.string().optional(),
  again: z.string().optional(),
  data: z.string().optional(),
})

export const botSchema = z.strictObject({
  appId: z.string().regex(/^\d+$/, 'an app id has digits only'),
  secret: z.string().min(1),
  name: z.string().optional(),
  status: z.enum(['online', 'delisted', 'banned']).optional(),
  grantedIntents: z.int().nonnegative().optional(),
  markdown: z.boolean().optional(),
  proactive: z.boolean().optional(),
  allowedHosts: z.array(z.string()).optional(),
  webhook: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .optional(),
})

export const botChangeSchema = botSchema.omit({ name: true }).partial().required({ appId: true })

export const personSchema = z.strictObject({
  appId,
  name: z.string().min(1),
  friend: z.boolean().optional(),
  proactive: z.boolean().optional(),
  blocked: z.boolean().optional(),
})

export const groupSchema = z.strictObject({
  appId,
  name: z.string().min(1),
  members: z.array(z.string()).optional(),
  botIn: z.boolean().optional(),
  muted: z.boolean().optional(),
  fullMode: z.boolean().optional(),
  proactive: z.boolean().optional(),
})

const namedFaultSchema = z.strictObject({
  name: z.string(),
  appId,
  times: z.int().positive().optional(),
  forMs: z.number().positive().optional(),
  afterMs: z.number().nonnegative().optional(),
  delayMs: z.number().nonnegative().optional(),
})

export const faultBodySchema = z.union([namedFaultSchema, faultSpecSchema])

/** A code that was scanned, or has lapsed. */
export const bindSchema = z.strictObject({ task: z.string(), appId, expire: z.boolean().optional() })

/** A file of a person's, its bytes as base64. */
export const fileSchema = z.strictObject({
  name: z.string().min(1).max(300),
  type: z.string().optional(),
  data: z.base64(),
})

export const advanceSchema = z.strictObject({ ms: z.number().nonnegative() })
