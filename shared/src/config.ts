import { parseRedisUrl } from './control/redis-address.ts';
import { type Config, meaningOf, type Variable, variables } from './variables.ts';

export type { Config } from './variables.ts';

/** Thrown by `readConfig`; the message lists every wrong variable. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `the environment has ${problems.length} wrong value(s):\n${problems.map((p) => `  ${p}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Reads and checks the whole environment. A variable set to nothing counts as not set.
 * @throws {ConfigError} naming every variable that is wrong, and what would be right.
 */
export function readConfig(environment: Record<string, string | undefined> = process.env): Readonly<Config> {
  const given: Record<string, string> = {};
  for (const name of Object.keys(variables.shape)) {
    const value = environment[name];
    if (value !== undefined && value !== '') given[name] = value;
  }
  const result = variables.safeParse(given);
  const problems = result.success
    ? contradictions(result.data)
    : result.error.issues.map((issue) => {
        const name = String(issue.path[0]);
        return given[name] === undefined
          ? `${name}: must be set (${meaningOf(name as Variable)})`
          : `${name}: ${issue.message}`;
      });
  if (!result.success || problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(result.data);
}

function contradictions(config: Config): string[] {
  const problems: string[] = [];
  if (config.LEASE_MS < 2 * config.HEARTBEAT_MS) {
    problems.push('LEASE_MS: must be at least twice HEARTBEAT_MS, or one late heartbeat loses the lease');
  }
  try {
    parseRedisUrl(config.REDIS_URL);
  } catch (error) {
    problems.push(`REDIS_URL: ${(error as Error).message}`);
  }
  if (config.AUDIT_DATABASE_URL !== '' && config.AUDIT_SIGNING_KEY === '') {
    problems.push(
      'AUDIT_SIGNING_KEY: must be set with AUDIT_DATABASE_URL, or each host would sign with a key of its own',
    );
  }
  if (config.LINK_HOST !== '') {
    for (const name of ['AUDIT_MASTER_KEY', 'IDENTITY_SECRET'] as const) {
      if (config[name] === '')
        problems.push(`${name}: must be set with LINK_HOST, or each host would make one of its own`);
    }
  }
  problems.push(...webhookProblems(config));
  return problems;
}

function webhookProblems({
  ESCALATION_WEBHOOK_URL: url,
  ESCALATION_WEBHOOK_SECRET: secret,
}: Config): string[] {
  if (url === '') return [];
  const problems: string[] = [];
  const { protocol, hostname } = URL.parse(url) ?? {};
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname ?? '');
  if (protocol !== 'https:' && !(protocol === 'http:' && isLocal)) {
    problems.push('ESCALATION_WEBHOOK_URL: must be an https: address, or http: on this machine');
  }
  if (secret.length < 16) {
    problems.push(
      'ESCALATION_WEBHOOK_SECRET: must have at least 16 characters, for the receiver to trust what it is told',
    );
  }
  return problems;
}
