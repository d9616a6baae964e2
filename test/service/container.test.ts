import assert from 'node:assert/strict'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { ROOT } from '../support/herald.ts'

const read = (name: string): string => readFileSync(join(ROOT, 'contrib/docker', name), 'utf8')

test('the container: Node as the package wants it, supervised, no root, a health check, the gateway as the process', () => {
  const lines = read('Dockerfile').split('\n')
  const wanted = /^>=(\d+)\./.exec(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).engines.node)?.[1]
  assert.deepEqual(
    lines.filter(line => line.startsWith('FROM ')).map(line => /node:(\d+)/.exec(line)?.[1]),
    [wanted, wanted],
  )
  for (const line of ['ENV HERALD_HOME=/data HERALD_SUPERVISED=1', 'USER node', 'VOLUME /data', 'CMD ["run"]'])
    assert.ok(lines.includes(line), line)
  assert.ok(lines.includes('ENTRYPOINT ["herald"]'), 'in the form without a shell')
  assert.match(read('Dockerfile'), /HEALTHCHECK[^\n]*\\\n {2}CMD herald status/)
})

test('the compose file fits the container', () => {
  const { services, volumes } = parse(read('compose.yaml'))
  const { herald } = services
  assert.ok(existsSync(join(ROOT, 'contrib/docker', herald.build.context, herald.build.dockerfile)))
  assert.equal(herald.environment.HERALD_SUPERVISED, '1')
  assert.equal(herald.restart, 'unless-stopped')
  assert.equal(herald.stop_grace_period, '20s')
  assert.deepEqual(herald.volumes, ['herald:/data'])
  assert.ok('herald' in volumes)
})

test('what the container is built of is there, and is what the package brings', () => {
  const { name, bin, scripts, files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const text = read('Dockerfile').replaceAll('\\\n', ' ')
  const copies = [...text.matchAll(/^COPY (?!--from)(\S+) \S+$/gm)].map(([, source = '']) => source)
  assert.deepEqual(copies, ['.'])
  const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n')
  // All that `npm ci` and `npm pack` read, and what the build makes the package of.
  const made = files.filter((each: string) => /^\w/.test(each) && each !== 'dist')
  const builder = /(scripts\/\S+)$/.exec(scripts.prepack)?.[1]
  for (const part of ['package-lock.json', 'tsconfig.build.json', 'src', 'bin/run-node', builder, ...made]) {
    accessSync(join(ROOT, String(part)))
    assert.ok(!ignored.includes(String(part).split('/')[0] ?? ''), `${part} is not ignored`)
  }
  const tarball = `/tmp/${name}-*.tgz`
  assert.match(text, /^RUN npm ci .*&& npm pack --pack-destination \/tmp$/m)
  assert.ok(text.includes(`COPY --from=build ${tarball} /tmp/${name}.tgz\n`))
  assert.match(text, new RegExp(`^RUN npm install -g .* /tmp/${name}\\.tgz`, 'm'))

  const [entry = ''] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(text)?.[1] ?? '[]')
  accessSync(join(ROOT, bin[entry]), constants.X_OK)
})
