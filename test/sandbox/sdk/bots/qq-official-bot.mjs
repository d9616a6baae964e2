// A bot on `qq-official-bot` (third party): answers private and group messages.
import { createRequire } from 'node:module'

const require = createRequire(`${process.env.SDK_FOLDER}/`)
const { Bot, ReceiverMode } = require('qq-official-bot')

const bot = new Bot({
  appid: process.env.BOT_APP_ID,
  secret: process.env.BOT_SECRET,
  sandbox: false,
  removeAt: true,
  logLevel: 'warn',
  maxRetry: 3,
  intents: ['GROUP_AND_C2C_EVENT'],
  mode: ReceiverMode.WEBSOCKET,
})
bot.on('message.private', event => event.reply(`private: ${event.raw_message.trim()}`))
bot.on('message.group', event => event.reply(`group: ${event.raw_message.trim()}`))
await bot.start()
