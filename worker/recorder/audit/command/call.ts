import type { parseArgs } from 'node:util';
import type { Config } from '@vjj/shared/config.ts';
import type { AuditStore } from '../store.ts';

/** A problem the user can do something about. */
export class Problem extends Error {}

export const options = {
  checkpoints: { type: 'string' },
  'public-key': { type: 'string', multiple: true },
  from: { type: 'string' },
  to: { type: 'string' },
  user: { type: 'string' },
  tenant: { type: 'string' },
  session: { type: 'string' },
  type: { type: 'string' },
  decision: { type: 'string' },
  reason: { type: 'string' },
  text: { type: 'string' },
  limit: { type: 'string', default: '1000' },
  format: { type: 'string', default: 'json' },
  out: { type: 'string' },
  json: { type: 'boolean', default: false },
  'without-words': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

export type Values = ReturnType<
  typeof parseArgs<{ allowPositionals: true; options: typeof options }>
>['values'];

/** One command as it was typed. */
export interface Call {
  store: AuditStore;
  config: Readonly<Config>;
  values: Values;
  /** What follows the name of the command. */
  argument: string | undefined;
}

/** Whether it is a person id already, and no fingerprint. */
export const isPersonId = (text: string): boolean => /^(p_[\w-]{43}|anon:.+)$/.test(text);
