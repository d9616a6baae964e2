import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPublicAddress } from '../../src/media/fetch/addresses.ts'
import { plainlyRefused } from '../../src/media/fetch/reach.ts'

test('D49 which addresses are public', () => {
  const inside = [
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.9.9.9', '169.254.169.254'],
    ...['172.16.0.1', '172.31.255.255', '192.0.0.1', '192.168.1.1', '198.18.0.1', '198.19.255.255', '224.0.0.1'],
    ...[
      '255.255.255.255',
      '::',
      '::1',
      'fe80::1',
      'fc00::1',
      'fd12::1',
      'ff02::1',
      '::ffff:8.8.8.8',
      '::ffff:10.0.0.1',
    ],
    ...['64:ff9b::a00:1', '2002:a00:1::', '2001::1', '2001:db8::1', 'not an address', ''],
  ]
  assert.deepEqual(inside.filter(isPublicAddress), [])
  const outside = [
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.1',
    '172.32.0.1',
    '198.20.0.1',
    '2400:3200::1',
    '2001:4860::8',
  ]
  assert.deepEqual(outside.filter(isPublicAddress), outside)
})

test('J103 what is refused by its spelling alone, however it is spelled', () => {
  const refused = [
    ...['http://127.0.0.1/', 'http://2130706433/', 'http://0x7f.1/', 'http://017700000001/', 'http://[::1]/'],
    ...['http://[::ffff:127.0.0.1]/', 'http://localhost:80/', 'http://a.localhost/', 'http://169.254.169.254/latest/'],
    ...['file:///etc/passwd', 'ftp://a.cn/x', 'data:image/png;base64,AAAA', 'nonsense', 'gopher://a.cn'],
  ]
  assert.deepEqual(
    refused.filter(url => plainlyRefused(url) === undefined),
    [],
  )
  assert.equal(plainlyRefused('https://a.cn/x.png'), undefined)
  assert.equal(plainlyRefused('http://8.8.8.8/x.png'), undefined)
})
