/**
 * The bare floor that Herald is measured against: the least that answers at all. A `ws` listener that replies with `fetch`
 * and keeps nothing: no journal, no heartbeat check, no reconnect, no order. Plain JavaScript, so that its start carries no
 * type stripping.
 */
import WebSocket from 'ws'

const { QQ_APP_ID: appId, QQ_CLIENT_SECRET: clientSecret, QQ_API_BASE: apiBase, QQ_TOKEN_URL: tokenUrl } = process.env

async function json(url, init) {
  const response = await fetch(url, init)
  return await response.json()
}

const { access_token: token } = await json(tokenUrl, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ appId, clientSecret }),
})
const headers = { authorization: `QQBot ${token}`, 'content-type': 'application/json' }
const { url } = await json(`${apiBase}/gateway`, { headers })

let lastSeq = null
const socket = new WebSocket(url)
socket.on('message', async data => {
  const frame = JSON.parse(String(data))
  if (frame.s) lastSeq = frame.s
  if (frame.op === 10) {
    socket.send(
      JSON.stringify({ op: 2, d: { token: `QQBot ${token}`, intents: 33554432, shard: [0, 1], properties: {} } }),
    )
    setInterval(() => socket.send(JSON.stringify({ op: 1, d: lastSeq })), frame.d.heartbeat_interval)
  }
  if (frame.t !== 'C2C_MESSAGE_CREATE') return
  await json(`${apiBase}/v2/users/${frame.d.author.user_openid}/messages`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ msg_type: 0, content: `echo: ${frame.d.content}`, msg_id: frame.d.id, msg_seq: 1 }),
  })
})
