/** Paths of this machine as a person in a chat may see them: those in the agent's folder from there, those at home from `~`. */
export type Shorten = (text: string) => string

export function createShorten(cwd: string, home: string | undefined): Shorten {
  const pairs = [[`${cwd}/`, ''], [cwd, '.'], ...(home === undefined || home.length < 2 ? [] : [[home, '~']])]
  return text => pairs.reduce((all, [from = '', to = '']) => all.replaceAll(from, to), text)
}
