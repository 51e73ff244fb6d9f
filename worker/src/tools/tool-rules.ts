import { readFileSync } from 'node:fs';
import { type AllowedHosts, allowedHosts } from './allowed-hosts.ts';

/** What the operator lets tools do, whatever an agent declares. */
export interface ToolRules {
  readonly hosts: AllowedHosts;
  /** Secrets by name, for headers. Never log them. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** @throws {Error} when the secrets file cannot be read or is not an object of strings; its contents are not repeated */
export function toolRules(config: {
  readonly TOOL_ALLOWED_HOSTS: string;
  readonly TOOL_SECRETS_FILE: string;
}): ToolRules {
  return Object.freeze({
    hosts: allowedHosts(config.TOOL_ALLOWED_HOSTS),
    secrets: config.TOOL_SECRETS_FILE === '' ? new Map() : readSecrets(config.TOOL_SECRETS_FILE),
  });
}

function readSecrets(file: string): Map<string, string> {
  const wrong = (what: string) => new Error(`TOOL_SECRETS_FILE ${file}: ${what}`);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw wrong(`cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message quotes the file, and the file holds secrets.
    throw wrong('is not JSON; it must be an object like {"hotel_api": "…"}');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong('must be an object of names and strings');
  }
  const secrets = new Map<string, string>();
  for (const [name, secret] of Object.entries(value)) {
    if (!/^[\w.-]+$/.test(name)) throw wrong('names must be letters, digits, _ . and -');
    if (typeof secret !== 'string' || !/^[\t\x20-\x7e]+$/.test(secret)) {
      throw wrong(`${name} must be a string of printable ASCII, as it goes into a header`);
    }
    secrets.set(name, secret);
  }
  return secrets;
}
