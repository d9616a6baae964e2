/** Which colour a state of an account, of the gateway or of a message has. @param {string} state */
export function toneOf(state) {
  if (['connected', 'running', 'accepted', 'answered'].includes(state)) return 'good'
  if (['connecting', 'retrying', 'starting', 'degraded', 'draining'].includes(state)) return 'warn'
  return ['unverified', 'paused', 'disabled', 'nothing'].includes(state) ? 'quiet' : 'bad'
}
