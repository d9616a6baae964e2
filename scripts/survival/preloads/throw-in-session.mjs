// A hostile guest in the process: after SIGUSR2 the next timer of the QQ session throws instead of doing its work.
const { setTimeout: real } = globalThis
let armed = false
process.on('SIGUSR2', () => (armed = true))
globalThis.setTimeout = (callback, ...rest) => {
  const ofSession = /qqbot.link.connection\.[jt]s/.test(new Error().stack ?? '')
  const hostile = () => {
    if (!armed) return callback()
    armed = false
    throw new TypeError('a bug in the session')
  }
  return real(ofSession ? hostile : callback, ...rest)
}
