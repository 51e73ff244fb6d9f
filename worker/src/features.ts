import type { Config } from '@vjj/shared/config.ts';

const shown = [
  'ENABLE_LANE_A',
  'ENABLE_RAG',
  'ENABLE_PERSISTENT_MEMORY',
  'ENABLE_PII_REDACTION',
  'ENABLE_PROVIDER_MODERATION',
  'POLICY_HOLD',
  'POLICY_INPUT',
  'FALLBACK_MODE',
  'ECHO_GUARD',
  'STORE_RAW_AUDIO',
  'RECORD_CALLS',
] as const satisfies readonly (keyof Config)[];

/** What is switched on, for `/status`, as JSON. */
export function featuresOf(config: Readonly<Config>): string {
  return JSON.stringify(Object.fromEntries(shown.map((name) => [name, config[name]])));
}
