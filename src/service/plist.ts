import type { ServicePlan } from './service.ts'

export const LAUNCHD_LABEL = 'io.github.herald.gateway'

/**
 * The agent of macOS's launchd. It restarts after every exit but 0: it knows no list of codes, so a wrong setting is tried again
 * too, at its slowest pace.
 */
export function plistText({ command, home, configPath, path }: ServicePlan): string {
  const config = configPath === undefined ? [] : ['--config', configPath]
  const environment = { HERALD_SUPERVISED: '1', ...(path === undefined ? {} : { PATH: path }) }
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  ${string(LAUNCHD_LABEL)}
  <key>ProgramArguments</key>
  <array>
${inArray([...command, 'run'])}
${homeWords(home)}${config.length === 0 ? '' : `\n${inArray(config)}`}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${Object.entries(environment)
  .map(([name, value]) => `    <key>${name}</key>\n    ${string(value)}`)
  .join('\n')}
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>ExitTimeOut</key>
  <integer>20</integer>
  <key>Umask</key>
  <integer>63</integer>
  <key>StandardOutPath</key>
  ${string(logPath(home))}
  <key>StandardErrorPath</key>
  ${string(logPath(home))}
</dict>
</plist>
`
}

/** The part of the agent's arguments that says whose home it serves. */
export function homeWords(home: string): string {
  return inArray(['--home', home])
}

export function logPath(home: string): string {
  return `${home}/herald.log`
}

/** Words of a program's arguments as they stand in the plist. */
export function inArray(words: readonly string[]): string {
  return words.map(word => `    ${string(word)}`).join('\n')
}

function string(text: string): string {
  return `<string>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</string>`
}
