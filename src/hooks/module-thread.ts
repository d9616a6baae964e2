/** The thread of a hook: calls the default export of a module for every event, and says what it answered. */
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'

const port = parentPort
const loaded: Promise<unknown> = import(pathToFileURL(workerData.path).href).then(module => module.default)
// Told with the first event.
loaded.catch(() => {})

port?.on('message', async ({ id, event }) => {
  try {
    const hook = await loaded
    if (typeof hook !== 'function') throw new Error('the module has no default export that is a function')
    port.postMessage({ id, answer: await hook(event) })
  } catch (thrown) {
    port.postMessage({ id, error: thrown instanceof Error ? thrown.message : String(thrown) })
  }
})
