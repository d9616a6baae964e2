/** What the program knows of its settings: checked, complete, and with every default filled in. */
import type { LogLevel, LogRoom } from '../lib/log.ts'
import type { Schedule } from '../schedules/schedule.ts'

export interface Config {
  /** Some of it stands in the file of the settings; else all is of the environment and of `.env`. */
  readonly inFile: boolean
  readonly gateway: {
    readonly onAllDown: 'exit' | 'stay' | 'auto'
    /** Pace of new lives after a fatal end that can pass; the last one repeats. */
    readonly reviveSeconds: readonly number[]
    readonly language: 'auto' | 'zh' | 'en'
    /** Null when it is switched off. `named`: the port stands in the configuration, so that another one would be wrong. */
    readonly http: { readonly host: string; readonly port: number; readonly named: boolean } | null
    /** Turns at the same time, over all chats and accounts. */
    readonly maxTurns: number
  }
  /** At least one; in the order of the file. */
  readonly accounts: readonly AccountConfig[]
  /** Who answers where no route says otherwise. */
  readonly agent: AgentConfig
  /** Further agents, by name. */
  readonly agents: Readonly<Record<string, AgentConfig>>
  /** The first that fits a message names its agent. */
  readonly routes: readonly RouteConfig[]
  /** What other people's code does to messages, in this order. */
  readonly hooks: readonly HookConfig[]
  readonly media: MediaConfig
  /** A server that turns voice into text; null when there is none. */
  readonly speech: { readonly baseUrl: string; readonly apiKey?: string; readonly model: string } | null
  readonly alerts: AlertsConfig
  /** Messages at set times; each name once. */
  readonly schedules: readonly Schedule[]
  readonly log: {
    readonly level: LogLevel
    /** Rooms that say more or less than the others. */
    readonly rooms: Readonly<Partial<Record<LogRoom, LogLevel>>>
    readonly format: 'auto' | 'json' | 'pretty'
    /** `path`: whole, or within the home. Null when there is no file. */
    readonly file: { readonly path: string; readonly maxMiB: number; readonly keep: number } | null
  }
  /** The collector of traces; null when there is none. */
  readonly traces: { readonly endpoint: string; readonly headers: Readonly<Record<string, string>> } | null
  /** Every secret value, for the redactor. */
  readonly secrets: readonly string[]
  /** One line each: settings that are allowed and probably not meant. */
  readonly warnings: readonly string[]
}

export interface AccountConfig {
  /** `qqbot`, or `qqbot:<name>`. */
  readonly account: string
  readonly platform: 'qqbot'
  /** A disabled account may lack its credentials; they are empty then. */
  readonly enabled: boolean
  readonly appId: string
  readonly clientSecret: string
  /** Without a closing slash. */
  readonly apiBase: string
  readonly tokenUrl: string
  /** An HTTP proxy of its own; null for the one of the environment, or none. */
  readonly proxy: string | null
  /** Connections of the bot; `auto` for as many as the platform recommends. */
  readonly shards: 'auto' | number
  readonly backoffSeconds: readonly number[]
  /** Failed attempts in a row before a life gives up; 0 means never. */
  readonly maxAttempts: number
  readonly markdown: boolean
  /** Longest text of one message, in code points. */
  readonly textLimit: number
  /** Answers in private chats are shown while they are written. */
  readonly streaming: boolean
  /** Where events come in by callbacks; null where a WebSocket is dialled. */
  readonly webhook: WebhookConfig | null
  readonly access: AccessConfig
  readonly talk: TalkConfig
}

export interface WebhookConfig {
  readonly host: string
  readonly port: number
  readonly path: string
  /** What the platform calls, where somebody has said it. */
  readonly publicUrl: string | null
}

/** How an account talks with those that it lets in. */
export interface TalkConfig {
  readonly busy: 'queue' | 'interrupt' | 'steer' | 'merge'
  readonly mergeQuietMs: number
  readonly sessions: {
    readonly inGroups: 'shared' | 'per_user'
    /** Null for never. */
    readonly idleResetMinutes: number | null
    readonly dailyResetAt: { readonly hour: number; readonly minute: number } | null
  }
  /** Answers in groups and channels show what they answer. */
  readonly quoteInGroups: boolean
  /** The first words to whoever adds the bot; empty for none. */
  readonly greeting: { readonly friend: string; readonly group: string }
  /** Messages; 0 for no limit. */
  readonly rates: {
    readonly userPerMinute: number
    readonly userPerDay: number
    readonly chatPerMinute: number
    readonly chatPerDay: number
  }
  /** Of a day; 0 for no limit. */
  readonly tokens: { readonly perChat: number; readonly perAccount: number }
}

export interface AccessConfig {
  readonly dmPolicy: 'pairing' | 'allowlist' | 'open' | 'disabled'
  /** Strangers under `pairing` are given a code. */
  readonly pairingNotice: boolean
  readonly bots: 'ignore' | 'answer'
  readonly groupPolicy: 'allowlist' | 'open' | 'disabled'
  readonly groupTrigger: 'mention' | 'all' | 'keyword' | 'reply'
  readonly groupKeywords: readonly string[]
  /** Ids as they were written, without surrounding spaces and repeats; `*` stands for everyone. */
  readonly allowedUsers: readonly string[]
  readonly allowedGroups: readonly string[]
}

export type AgentConfig = { readonly type: 'echo' } | OpenAiConfig | AcpConfig | CommandConfig | HttpConfig

export interface OpenAiConfig {
  readonly type: 'openai'
  /** Without a closing slash. */
  readonly baseUrl: string
  readonly apiKey?: string
  readonly model: string
  readonly systemPrompt?: string
  /** The model looks at pictures. */
  readonly vision?: boolean
  /** A header that tells the server which conversation this is. */
  readonly sessionHeader?: string
  /** The model reads documents and texts. */
  readonly files?: boolean
  /** Servers of tools, by name. */
  readonly tools: ToolServers
  /** Requests to the model in one turn. */
  readonly toolRounds: number
  /** Turns at the same time. */
  readonly concurrency: number
}

export type ToolLeave = 'ask' | 'allow' | 'deny'

export interface ToolServerConfig {
  readonly reach:
    | { readonly program: ProgramConfig }
    | { readonly url: string; readonly headers: Readonly<Record<string, string>> }
  readonly leave: ToolLeave
  /** By the name of the tool. */
  readonly leaves: Readonly<Record<string, ToolLeave>>
  readonly callMs: number
}

/** By name. */
export type ToolServers = Readonly<Record<string, ToolServerConfig>>

export interface HookConfig {
  readonly at: readonly ('message_in' | 'answer_out')[]
  /** A whole path. */
  readonly run: { readonly program: ProgramConfig } | { readonly module: string }
  readonly timeoutMs: number
  readonly onFailure: 'pass' | 'stop'
}

export interface ProgramConfig {
  readonly command: string
  readonly args: readonly string[]
  /** A whole path; the home has a folder for it where there is none. */
  readonly cwd?: string
  readonly env: Readonly<Record<string, string>>
}

export interface AgentBounds {
  readonly silenceMs: number
  /** Turns at the same time. */
  readonly concurrency: number
}

export interface AcpConfig extends ProgramConfig, AgentBounds {
  readonly type: 'acp'
  readonly permissions: 'ask' | 'allow' | 'deny'
}

export interface CommandConfig extends ProgramConfig, AgentBounds {
  readonly type: 'command'
  readonly output: 'text' | 'events'
}

export interface HttpConfig extends AgentBounds {
  readonly type: 'http'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** All that it names must fit. */
export interface RouteConfig {
  readonly account?: string
  /** `<account>:<kind>:<id>`, or the id alone. */
  readonly chat?: string
  readonly user?: string
  readonly agent: string
}

export interface MediaConfig {
  /** Of one file that comes in or is fetched to be sent. */
  readonly largestBytes: number
  /** Of all files that came in; the oldest go first. */
  readonly quotaBytes: number
  readonly downloadMs: number
  /** The machine's DNS answers with addresses of a proxy (198.18.0.0/15), also for QQ's hosts. */
  readonly fakeIpDns: boolean
  /** Whole paths; empty for the folder of the home alone. */
  readonly allowedFolders: readonly string[]
}

export type Environment = Readonly<Record<string, string | undefined>>

export interface AlertsConfig {
  readonly afterMs: number
  readonly to: readonly AlertWay[]
  /** Null when nobody waits for one. */
  readonly ping: { readonly url: string; readonly everyMs: number } | null
  readonly freeMiB: number
  readonly deadList: number
}

export type AlertWay =
  | {
      readonly type: 'webhook'
      readonly url: string
      readonly format: 'json' | 'slack' | 'discord' | 'wecom' | 'dingtalk' | 'feishu'
      readonly headers: Readonly<Record<string, string>>
    }
  | ({ readonly type: 'command' } & ProgramConfig)
  | {
      readonly type: 'email'
      readonly host: string
      readonly port: number
      readonly security: 'tls' | 'starttls' | 'none'
      readonly user?: string
      readonly password?: string
      readonly from: string
      readonly to: readonly string[]
    }
  /** `<account>:<kind>:<id>`. */
  | { readonly type: 'chat'; readonly chat: string }
