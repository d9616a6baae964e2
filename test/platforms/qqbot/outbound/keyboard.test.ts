import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Button, ChatKind } from '../../../../src/platforms/platform.ts'
import { bodyOf } from '../../../../src/platforms/qqbot/outbound/body.ts'
import { keyboardOf } from '../../../../src/platforms/qqbot/outbound/keyboard.ts'

const button = (id: string, over: Partial<Button> = {}): Button => ({
  id,
  label: `Label ${id}`,
  data: `data ${id}`,
  style: 'plain',
  ...over,
})
const many = (count: number): Button[] => Array.from({ length: count }, (_, at) => button(String(at)))

const rowsOf = (keyboard: object | undefined): number[] | undefined => {
  const { content } = (keyboard ?? {}) as { content?: { rows: { buttons: object[] }[] } }
  return content?.rows.map(row => row.buttons.length)
}

test('a button as the platform wants it', () => {
  assert.deepEqual(keyboardOf([[button('1', { label: 'Allow', data: 'd', style: 'danger' })]], 'c2c'), {
    content: {
      rows: [
        {
          buttons: [
            {
              id: '1',
              render_data: { label: 'Allow', visited_label: 'Allow', style: 3 },
              action: { type: 1, permission: { type: 2 }, data: 'd', unsupport_tips: 'Allow' },
            },
          ],
        },
      ],
    },
  })
})

test('a button that says something is sent at once in private, and stands in the field elsewhere', () => {
  const rows = [[button('1', { label: '/new', data: '/new', says: true })]]
  const action = (enter: boolean) => ({
    type: 2,
    enter,
    permission: { type: 2 },
    data: '/new',
    unsupport_tips: '/new',
  })
  const actionIn = (kind: ChatKind): unknown => {
    const { content } = keyboardOf(rows, kind) as { content: { rows: { buttons: { action: unknown }[] }[] } }
    return content.rows[0]?.buttons[0]?.action
  }
  assert.deepEqual(actionIn('c2c'), action(true))
  assert.deepEqual([actionIn('group'), actionIn('channel')], [action(false), action(false)])
})

test('at most ten signs of a label are shown', () => {
  const shown = JSON.stringify(keyboardOf([[button('1', { label: '😀一二三四五六七八九十' })]], 'group'))
  assert.match(shown, /"label":"😀一二三四五六七八…"/)
})

test('names that do not fit are told apart by their numbers; one that fits needs none', () => {
  const names = ['Refactor the parser', 'Refactor the printer', 'Ten signs.', 'Eleven sign']
  const rows = [names.map((label, at) => button(`${at}`, { label, number: at + 1 }))]
  assert.deepEqual(
    [...JSON.stringify(keyboardOf(rows, 'c2c')).matchAll(/"label":"([^"]*)"/g)].map(([, label]) => label),
    ['1 Refacto…', '2 Refacto…', 'Ten signs.', '4 Eleven …'],
  )
})

test('in a group the people who may press are listed; in private there is only one', () => {
  const rows = [[button('1', { onlyFor: ['M1'] })]]
  assert.match(JSON.stringify(keyboardOf(rows, 'group')), /"permission":\{"type":0,"specify_user_ids":\["M1"\]\}/)
  assert.match(JSON.stringify(keyboardOf(rows, 'channel')), /"permission":\{"type":0,"specify_user_ids":\["M1"\]\}/)
  assert.match(JSON.stringify(keyboardOf(rows, 'c2c')), /"permission":\{"type":2\}/)
})

test('rows flow on where they are too many or too long; more than 25 buttons are no keyboard', () => {
  assert.deepEqual(rowsOf(keyboardOf([many(3), [], many(2)], 'c2c')), [3, 2])
  assert.deepEqual(rowsOf(keyboardOf([many(7)], 'c2c')), [5, 2])
  assert.deepEqual(
    rowsOf(
      keyboardOf(
        many(8).map(one => [one]),
        'c2c',
      ),
    ),
    [5, 3],
  )
  assert.deepEqual(rowsOf(keyboardOf([many(25)], 'c2c')), [5, 5, 5, 5, 5])
  assert.equal(keyboardOf([many(26)], 'c2c'), undefined)
  assert.equal(keyboardOf([], 'c2c'), undefined)
})

test('a post with more buttons than fit is its words', () => {
  const chat = { account: 'qqbot', kind: 'c2c', id: 'U1' } as const
  assert.deepEqual(bodyOf({ chat, text: 'hi', form: 'plain', extras: { keyboard: [many(26)] } }, undefined), {
    msg_type: 0,
    content: 'hi',
  })
})

test('guilds: buttons on Markdown, and a quote that may be gone', () => {
  const chat = { account: 'qqbot', kind: 'channel', id: '7' } as const
  const extras = { keyboard: [[button('1')]], quote: '08c0' }
  const body = bodyOf(
    { chat, text: 'a < b', form: 'plain', extras, reply: { via: 'msg_id', id: 'm', seq: 1 } },
    undefined,
  )
  assert.deepEqual(Object.keys(body), ['markdown', 'keyboard', 'message_reference', 'msg_id'])
  assert.match(JSON.stringify(body), /"message_reference":\{"message_id":"08c0","ignore_get_message_error":true\}/)
})
