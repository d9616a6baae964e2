/** The states of an account in Chinese, for the pages and the chats; in English they are words already. */
export const STATES_IN_CHINESE = {
  connecting: '连接中',
  connected: '已连接',
  retrying: '重试中',
  fatal: '已失败',
  disconnected: '未连接',
  unverified: '未验证',
  paused: '已暂停',
  disabled: '已停用',
}
