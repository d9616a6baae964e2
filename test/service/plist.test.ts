import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plistText } from '../../src/service/plist.ts'

const PLAN = {
  command: ['/usr/local/bin/node', '/usr/local/lib/herald.js'],
  home: '/Users/me/A & B <c>',
  configPath: undefined,
  path: '/opt/homebrew/bin:/usr/bin',
  runAs: undefined,
}

/** The values of a plist dictionary at its top: enough of the format to see what launchd would. */
function topLevel(text: string): Map<string, string> {
  const body = /<dict>\n([\s\S]*)\n<\/dict>\n<\/plist>\n$/.exec(text)?.[1] ?? ''
  const pairs = body.matchAll(/^ {2}<key>(.+)<\/key>\n {2}(<[\s\S]+?)(?=\n {2}<key>|$(?![\s\S]))/gm)
  return new Map([...pairs].map(([, key = '', value = '']) => [key, value.replaceAll(/\s*\n\s*/g, '')]))
}

test('the agent of launchd says what the unit of systemd says', () => {
  const values = topLevel(plistText(PLAN))
  assert.deepEqual(Object.fromEntries(values), {
    Label: '<string>io.github.herald.gateway</string>',
    ProgramArguments:
      '<array><string>/usr/local/bin/node</string><string>/usr/local/lib/herald.js</string><string>run</string><string>--home</string><string>/Users/me/A &amp; B &lt;c&gt;</string></array>',
    EnvironmentVariables:
      '<dict><key>HERALD_SUPERVISED</key><string>1</string><key>PATH</key><string>/opt/homebrew/bin:/usr/bin</string></dict>',
    RunAtLoad: '<true/>',
    KeepAlive: '<dict><key>SuccessfulExit</key><false/></dict>',
    ThrottleInterval: '<integer>10</integer>',
    ExitTimeOut: '<integer>20</integer>',
    Umask: '<integer>63</integer>',
    StandardOutPath: '<string>/Users/me/A &amp; B &lt;c&gt;/herald.log</string>',
    StandardErrorPath: '<string>/Users/me/A &amp; B &lt;c&gt;/herald.log</string>',
  })
  assert.equal(Number(0o077), 63)
})

test('a settings file of its own is named', () => {
  assert.match(
    plistText({ ...PLAN, configPath: '/etc/herald.yaml' }),
    /<string>--config<\/string>\n {4}<string>\/etc\/herald\.yaml<\/string>/,
  )
})
