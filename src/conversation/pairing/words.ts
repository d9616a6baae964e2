/** What the pairing says to people in a chat. */

export interface PairingWords {
  /** To a stranger. */
  offer(code: string): string
  readonly nowOwner: string
  readonly codeUsedUp: string
}

export const PAIRING_WORDS: Readonly<Record<'zh' | 'en', PairingWords>> = {
  en: {
    offer: code =>
      `(I talk only with people whom my owner has let in. Give my owner this code, it is good for one hour: ${code})`,
    nowOwner: '(You are my owner now. Send /help to see what you can do.)',
    codeUsedUp: '(This code is used up, or too old. `herald pairing owner` on the console gives a new one.)',
  },
  zh: {
    offer: code => `（只有经主人同意的人才能和我对话。请把这个配对码交给我的主人，一小时内有效：${code}）`,
    nowOwner: '（你现在是我的主人了。发送 /帮助 查看可用的命令。）',
    codeUsedUp: '（这个码已经用过或过期了。在控制台运行 herald pairing owner 可以得到新的。）',
  },
}
