// A bot on Tencent's own `qq-guild-bot`: guild channels only, with the fixed token of its time.
import { createRequire } from 'node:module'

const require = createRequire(`${process.env.SDK_FOLDER}/`)
const { createOpenAPI, createWebsocket } = require('qq-guild-bot')

const config = {
  appID: process.env.BOT_APP_ID,
  token: process.env.BOT_SECRET,
  intents: ['PUBLIC_GUILD_MESSAGES'],
  sandbox: false,
}
const api = createOpenAPI(config)
const socket = createWebsocket(config)
socket.on('PUBLIC_GUILD_MESSAGES', async ({ msg }) => {
  const text = msg.content.replace(/<@!\d+>/, '').trim()
  await api.messageApi.postMessage(msg.channel_id, { content: `channel: ${text}`, msg_id: msg.id })
})
