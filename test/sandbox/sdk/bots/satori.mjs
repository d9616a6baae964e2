// A bot on Satori's QQ adapter (third party; what Koishi runs on): answers private and group messages.
import { createRequire } from 'node:module'

const require = createRequire(`${process.env.SDK_FOLDER}/`)
const { Context, Satori } = require('@satorijs/core')
const { HTTP } = require('@cordisjs/plugin-http')
const { QQBot } = require('@satorijs/adapter-qq')

const context = new Context()
context.plugin(HTTP)
context.plugin(Satori)
context.plugin(QQBot, {
  id: process.env.BOT_APP_ID,
  secret: process.env.BOT_SECRET,
  token: '',
  type: 'public',
  sandbox: false,
  endpoint: 'https://api.sgroup.qq.com/',
  authType: 'bearer',
  intents: (1 << 25) | (1 << 26),
  retryWhen: [],
  protocol: 'websocket',
  manualAcknowledge: false,
  retryTimes: 3,
  retryInterval: 500,
  retryLazy: 1000,
})
context.on('message', async session => {
  // The adapter puts a mention of the bot in front of what it got from a group.
  const said = session.content.replace(/<at [^>]*\/>/g, '').trim()
  const text = `${session.isDirect ? 'private' : 'group'}: ${said}`
  await session.bot.sendMessage(session.channelId, text, undefined, { session })
})
await context.start()
