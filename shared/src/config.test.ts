import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.ts';
import { variableDocs } from './variable-docs.ts';

const least = { LINK_SECRET: 'a secret of this test' };

describe('the environment', () => {
  it('gives every default when only the secret is set', () => {
    const config = readConfig(least);
    expect(config.PORT).toBe(3000);
    expect(config.OPENAI_BASE_URL).toBe('https://api.openai.com/v1');
  });

  it('takes a variable set to nothing as not set', () => {
    expect(readConfig({ ...least, PORT: '' }).PORT).toBe(3000);
  });

  it('lets no host make a key of its own where others must know it', () => {
    const spread = { ...least, LINK_HOST: '10.0.0.7' };
    expect(() => readConfig(spread)).toThrow(
      /AUDIT_MASTER_KEY: must be set.*\n.*IDENTITY_SECRET: must be set/,
    );
    const key = Buffer.alloc(32, 1).toString('base64');
    const given = { ...spread, AUDIT_MASTER_KEY: key, IDENTITY_SECRET: 'known to every worker' };
    expect(readConfig(given).AUDIT_MASTER_KEY).toBe(key);
    expect(() => readConfig({ ...given, AUDIT_MASTER_KEY: key.slice(4) })).toThrow(/32 bytes/);
  });

  it('takes origins as browsers write them, and says so of any other', () => {
    const { ALLOWED_ORIGINS } = readConfig({
      ...least,
      ALLOWED_ORIGINS: 'https://shop.example, http://localhost:8080',
    });
    expect(ALLOWED_ORIGINS).toEqual(['https://shop.example', 'http://localhost:8080']);
    for (const wrong of [
      'https://shop.example/',
      'shop.example',
      'https://*.shop.example',
      "https://a; script-src 'none'",
      'null',
    ])
      expect(() => readConfig({ ...least, ALLOWED_ORIGINS: wrong })).toThrow(/ALLOWED_ORIGINS: each must be/);
  });

  it('names every wrong value at once, and never repeats a secret', () => {
    const wrong = { PORT: 'web', HEARTBEAT_MS: '-1', OPENAI_BASE_URL: 'nowhere', LINK_SECRET: 'hush' };
    let thrown: unknown;
    try {
      readConfig(wrong);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigError);
    const { message, problems } = thrown as ConfigError;
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual(Object.keys(wrong).sort());
    expect(message).not.toContain('hush');
  });

  it('refuses a lease that one late heartbeat would lose', () => {
    expect(() => readConfig({ ...least, HEARTBEAT_MS: '2000', LEASE_MS: '3000' })).toThrow(/LEASE_MS/);
  });

  it('describes every variable', () => {
    for (const { name, description } of variableDocs()) expect(description, name).not.toBe('');
  });
});
