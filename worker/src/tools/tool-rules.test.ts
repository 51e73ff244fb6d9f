import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { toolRules } from './tool-rules.ts';

const folder = mkdtempSync(join(tmpdir(), 'vjj-secrets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function secretsOf(text: string) {
  const file = join(folder, 'secrets.json');
  writeFileSync(file, text);
  return toolRules({ TOOL_ALLOWED_HOSTS: '', TOOL_SECRETS_FILE: file }).secrets;
}

describe('the secrets of tools', () => {
  it('are read by name', () => {
    expect(secretsOf('{"hotel_api": "k-1"}').get('hotel_api')).toBe('k-1');
  });

  it.each([
    ['hush-hush {', /is not JSON/],
    ['["hush-hush"]', /must be an object/],
    ['{"a": {"b": "hush-hush"}}', /a must be a string/],
    ['{"a": "hush-hush\\r\\nx-admin: 1"}', /a must be a string of printable ASCII/],
  ])('%s is refused without repeating it', (text, problem) => {
    let message = '';
    try {
      secretsOf(text);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(problem);
    expect(message).not.toContain('hush-hush');
  });

  it('say which file is missing', () => {
    const config = { TOOL_ALLOWED_HOSTS: '', TOOL_SECRETS_FILE: join(folder, 'none.json') };
    expect(() => toolRules(config)).toThrow(/none\.json: cannot be read \(ENOENT\)/);
  });
});
