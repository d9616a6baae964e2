/**
 * What each setting means, in one line: for `config explain`, for editors, and for the table in the documentation. A test sees to
 * it that no setting is without one.
 */
export const MEANINGS: Readonly<Record<string, string>> = {
  'gateway.on_all_platforms_down':
    'What happens when no account is left alive: exit (75, or 78 when no cause can pass), stay (keep reviving), auto (exit only under a supervisor, and only for causes that can pass)',
  'gateway.revive_s': 'Waits in seconds before new lives after a fatal end that can pass; the last one repeats',
  'gateway.language': 'What chat users read from Herald itself',
  'gateway.http': 'livez, readyz, status and metrics; false switches them off',
  'gateway.http.host': 'Where they listen',
  'gateway.http.port': 'Their port; 0 takes any free one',
  'gateway.max_turns': 'Turns at the same time, over all chats and accounts',
  'platforms.<account>.enabled': 'false leaves the account alone without removing it',
  'platforms.<account>.app_id': "The bot's app id",
  'platforms.<account>.client_secret': "The bot's secret",
  'platforms.<account>.api_base': "The platform's interface for messages and the gateway",
  'platforms.<account>.token_url': 'Where access tokens come from',
  'platforms.<account>.reconnect.backoff_s': 'Waits in seconds between attempts, with jitter; the last one repeats',
  'platforms.<account>.reconnect.max_attempts':
    'Failed attempts in a row before the account is fatal and revived later; 0 = no limit',
  'platforms.<account>.dm_policy': 'Who is let in to private chats',
  'platforms.<account>.pairing_notice':
    'A stranger under pairing is told how to be let in; false: nothing is said to them',
  'platforms.<account>.group_policy': 'In which groups the bot answers',
  'platforms.<account>.group_trigger': 'What speaks to the bot in a group: a mention, or every message',
  'platforms.<account>.allowed_users': 'Openids of people; `*` is everyone',
  'platforms.<account>.allowed_groups': 'Openids of groups; `*` is every group',
  'platforms.<account>.busy': 'What becomes of a message while another one of the chat is answered',
  'platforms.<account>.merge_quiet_s': 'Under merge: a burst is over after so many seconds without another message',
  'platforms.<account>.sessions.in_groups': 'One conversation for a group, or one for each of its members',
  'platforms.<account>.sessions.idle_reset_minutes':
    'A conversation begins anew after so many minutes without a word; 0 = never',
  'platforms.<account>.sessions.daily_reset_at': 'Conversations begin anew at this time of day, such as "04:00"',
  'platforms.<account>.limits.user_per_minute': 'Messages of one person a minute; 0 = no limit',
  'platforms.<account>.limits.user_per_day': 'Messages of one person a day; 0 = no limit',
  'platforms.<account>.limits.chat_per_minute': 'Messages of one chat a minute; 0 = no limit',
  'platforms.<account>.limits.chat_per_day': 'Messages of one chat a day; 0 = no limit',
  'platforms.<account>.markdown': 'Answers go out as Markdown where the platform takes it',
  'platforms.<account>.text_limit': 'Longest text of one message, in code points',
  'agent.type': 'Who answers',
  'agent.base_url': 'The server, up to and without /chat/completions',
  'agent.api_key': 'Its key, where it wants one',
  'agent.model': 'The model that is asked',
  'agent.system_prompt': 'What the model is told before every conversation',
  'agent.vision': 'The model looks at pictures',
  'media.largest_mb': 'The largest file that is taken in or sent, in MB',
  'media.quota_mb': 'Room for all files that came in, in MB; the oldest go first',
  'media.download_s': 'How long a download may take, in seconds',
  'media.fake_ip_dns':
    "The DNS of this machine answers with addresses of a proxy (198.18.0.0/15), also for the platform's own hosts",
  'media.allowed_folders': 'Whole paths of folders that files may be sent from; empty: only <home>/media/out',
  'speech.base_url': 'A server that turns voice into text',
  'speech.api_key': 'Its key, where it wants one',
  'speech.model': 'The model that listens',
}
