/** What `REDIS_URL` may say; see `parseRedisUrl`. */
export const redisUrlForms =
  'redis://host:port, redis+sentinel://host:port,host:port/master or redis+cluster://host:port,host:port; rediss… for TLS';

export interface RedisHost {
  host: string;
  port: number;
}

interface Access {
  username?: string;
  password?: string;
  /** The servers, and the sentinels, are spoken to over TLS. */
  isTls: boolean;
}

/** Where Redis is, and of what kind. */
export type RedisAddress =
  | (Access & { kind: 'single'; hosts: [RedisHost]; db: number })
  | (Access & {
      kind: 'sentinel';
      /** The sentinels, any of which says where the master is. */
      hosts: RedisHost[];
      master: string;
      db: number;
      sentinelUsername?: string;
      sentinelPassword?: string;
    })
  | (Access & { kind: 'cluster'; hosts: RedisHost[] });

const usualPorts = { single: 6379, sentinel: 26_379, cluster: 6379 } as const;
const urlPattern =
  /^redis(?<tls>s)?(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<access>[^@/?#]*)@)?(?<hosts>[^@/?#]+)(?:\/(?<path>[^?#]*))?(?:\?(?<query>[^#]*))?$/;
const hostPattern = /^(?:\[(?<v6>[\da-f:.]+)\]|(?<name>[\w.-]+))(?::(?<port>\d{1,5}))?$/i;

/**
 * Reads one of
 *   `redis://[user:password@]host[:port][/db]`
 *   `redis+sentinel://[user:password@]host[:port],…/master[?db=0&sentinelPassword=…&sentinelUsername=…]`
 *   `redis+cluster://[user:password@]host[:port],…`
 * or the same with `rediss`. Names and passwords are percent-encoded.
 * @throws with what is wrong, never with the URL itself, which may hold a password
 */
export function parseRedisUrl(url: string): RedisAddress {
  const { tls, kind = 'single', access, hosts = '', path = '', query } = urlPattern.exec(url)?.groups ?? {};
  if (hosts === '') throw new Error(`must be ${redisUrlForms}`);
  const at = hosts.split(',').map((host) => parseHost(host, usualPorts[kind as RedisAddress['kind']]));
  const asked = new URLSearchParams(query);
  if (kind !== 'sentinel' && query !== undefined) throw new Error('has a question mark, which it must not');
  const common = { ...parseAccess(access), isTls: tls !== undefined };
  if (kind === 'cluster') {
    if (path !== '' && path !== '0') throw new Error('Redis Cluster has no database but 0');
    return { kind, hosts: at, ...common };
  }
  if (kind === 'sentinel') {
    if (path === '') throw new Error('must name the master after the sentinels: …/master');
    const sentinelUsername = asked.get('sentinelUsername');
    const sentinelPassword = asked.get('sentinelPassword');
    return {
      ...{ kind, hosts: at, master: decodeURIComponent(path), db: parseDb(asked.get('db') ?? ''), ...common },
      ...(sentinelUsername !== null && { sentinelUsername }),
      ...(sentinelPassword !== null && { sentinelPassword }),
    };
  }
  const [only, ...more] = at;
  if (only === undefined || more.length > 0)
    throw new Error('names several hosts: redis+sentinel:// and redis+cluster:// do');
  return { kind: 'single', hosts: [only], db: parseDb(path), ...common };
}

/** The hosts of a Redis as an operator wrote them, without what is secret. */
export function redisHosts(url: string): string {
  return parseRedisUrl(url)
    .hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`)
    .join(', ');
}

function parseHost(text: string, usualPort: number): RedisHost {
  const { v6, name, port } = hostPattern.exec(text)?.groups ?? {};
  const host = v6 ?? name;
  if (host === undefined) throw new Error(`names a host that is none: must be ${redisUrlForms}`);
  const number = port === undefined ? usualPort : Number(port);
  if (number < 1 || number > 65_535) throw new Error(`${port} is no port`);
  return { host, port: number };
}

function parseAccess(text: string | undefined): { username?: string; password?: string } {
  if (text === undefined || text === '') return {};
  const at = text.indexOf(':');
  const [username, password] = (at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]).map(decoded);
  return { ...(username && { username }), ...(password && { password }) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('the name or password is not percent-encoded');
  }
}

function parseDb(text: string): number {
  if (!/^\d{0,4}$/.test(text)) throw new Error('the database must be a number');
  return Number(text);
}
