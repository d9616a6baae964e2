/**
 * The bare floor of `first-token.ts`: a `ws` listener that asks a model with `fetch` and keeps nothing. Plain JavaScript, so that
 * its start carries no type stripping.
 */
import WebSocket from 'ws'

const { QQ_APP_ID: appId, QQ_CLIENT_SECRET: clientSecret, QQ_API_BASE: apiBase, QQ_TOKEN_URL: tokenUrl } = process.env
const { MODEL_URL: modelUrl } = process.env

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

async function ask(content) {
  const body = JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content }] })
  const response = await fetch(`${modelUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  let said = ''
  for (const line of (await response.text()).split('\n'))
    if (line.startsWith('data: {')) said += JSON.parse(line.slice('data: '.length)).choices[0]?.delta?.content ?? ''
  return said
}

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
  const content = await ask(frame.d.content)
  await json(`${apiBase}/v2/users/${frame.d.author.user_openid}/messages`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ msg_type: 0, content, msg_id: frame.d.id, msg_seq: 1 }),
  })
})
