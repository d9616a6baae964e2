// Tencent's own `@tencent-connect/qqbot-connector`: gets a bot's credentials by a code that a person scans.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

// Its CommonJS build does not load under its own package.json; this is what an ES module gets by its name.
const entry = join(process.env.SDK_FOLDER, 'node_modules/@tencent-connect/qqbot-connector/dist/esm/index.js')
const { startQrConnect } = await import(pathToFileURL(entry).href)

startQrConnect(
  {
    onSuccess: credentials => console.log(`bound ${JSON.stringify(credentials)}`),
    onFailure: error => console.log(`failed ${error.message}`),
    onQrDisplayed: url => console.log(`shown ${url}`),
    onQrExpired: () => console.log('expired'),
  },
  { displayQrCodeToConsole: false, source: 'herald-test' },
)
