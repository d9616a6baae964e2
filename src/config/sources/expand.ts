import { ConfigError } from '../../lib/errors.ts'
import type { Environment } from '../config.ts'
import type { Expand } from './yaml-file.ts'

/** A variable with a value, and the place that gave it. Empty ones count as not set. */
export interface Variables {
  get(name: string): { readonly value: string; readonly origin: string } | undefined
  /** True for one that only `.env` gives. */
  isFromFile(name: string): boolean
  /** Names that the settings file has asked for. */
  readonly used: ReadonlySet<string>
  readonly expand: Expand
}

/** The environment first, then `.env`. */
export function createVariables(env: Environment, file: ReadonlyMap<string, string>, filePath: string): Variables {
  const used = new Set<string>()
  const ofEnvironment = (name: string): string | undefined =>
    (Object.hasOwn(env, name) ? env[name] : undefined) || undefined
  const get: Variables['get'] = name => {
    const given = ofEnvironment(name)
    if (given !== undefined) return { value: given, origin: `${name} in the environment` }
    const written = file.get(name)
    return written ? { value: written, origin: `${name} in ${filePath}` } : undefined
  }
  return {
    get,
    isFromFile: name => ofEnvironment(name) === undefined && Boolean(file.get(name)),
    used,
    expand: (text, where) =>
      text.replaceAll(/\$\$\{|\$\{([^}]*)(\}?)/g, (written: string, name: string | undefined, end: string) => {
        if (name === undefined) return '${'
        if (end === '' || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
          throw new ConfigError(
            `${where}: \${ begins a variable and none follows; write \${NAME}, or $\${ for the characters themselves`,
          )
        used.add(name)
        const found = get(name)
        if (!found)
          throw new ConfigError(
            `${where}: ${written} is not set, neither in the environment nor in ${filePath}; set it in one of them, or write the value here`,
          )
        return found.value
      }),
  }
}
