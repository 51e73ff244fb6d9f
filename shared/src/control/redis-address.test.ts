import { describe, expect, it } from 'vitest';
import { parseRedisUrl, redisHosts } from './redis-address.ts';

const local = (port: number) => ({ host: '127.0.0.1', port });

describe('REDIS_URL', () => {
  it.each([
    ['redis://127.0.0.1', { kind: 'single', hosts: [local(6379)], db: 0, isTls: false }],
    [
      'rediss://ada:p%40ss@redis.example:6380/2',
      {
        ...{ kind: 'single', hosts: [{ host: 'redis.example', port: 6380 }], db: 2, isTls: true },
        ...{ username: 'ada', password: 'p@ss' },
      },
    ],
    ['redis://:only@[::1]:7000', { kind: 'single', hosts: [{ host: '::1', port: 7000 }], password: 'only' }],
    [
      'redis+sentinel://127.0.0.1:1,127.0.0.1/calls',
      { kind: 'sentinel', hosts: [local(1), local(26_379)], master: 'calls', db: 0 },
    ],
    [
      'redis+sentinel://:data@127.0.0.1/calls?db=3&sentinelUsername=s&sentinelPassword=w%26tch',
      { master: 'calls', db: 3, password: 'data', sentinelUsername: 's', sentinelPassword: 'w&tch' },
    ],
    [
      'rediss+cluster://127.0.0.1:1,127.0.0.1:2',
      { kind: 'cluster', hosts: [local(1), local(2)], isTls: true },
    ],
  ])('%s is understood', (url, wanted) => {
    expect(parseRedisUrl(url)).toMatchObject(wanted);
  });

  it.each([
    ['http://127.0.0.1', /must be redis:/],
    ['redis+magic://127.0.0.1', /must be redis:/],
    ['redis://', /must be redis:/],
    ['redis://a,b', /several hosts/],
    ['redis://a:70000', /no port/],
    ['redis://a b', /is none/],
    ['redis://a/first', /must be a number/],
    ['redis://a?db=3', /question mark/],
    ['redis+sentinel://a,b', /must name the master/],
    ['redis+cluster://a/1', /no database but 0/],
    ['redis://:100%@a', /percent-encoded/],
  ])('%s is refused', (url, problem) => {
    expect(() => parseRedisUrl(url)).toThrow(problem);
  });

  it('is shown without what is secret', () => {
    expect(redisHosts('redis+sentinel://ada:hush@a:1,[::1]:2/calls?sentinelPassword=hush')).toBe(
      'a:1, [::1]:2',
    );
    for (const url of ['redis://hush:hush@a:99999', 'redis://hush@']) {
      expect(() => redisHosts(url)).toThrow(/^(?!.*hush)/);
    }
  });
});
