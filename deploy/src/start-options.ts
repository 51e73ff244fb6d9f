import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { inProject } from './project.ts';

export const startHelp = `npm start [-- OPTIONS]: the whole runtime on this machine

  Starts Redis, gateways, workers and, unless OPENAI_API_KEY is set, a stand-in for the voice service.
  Settings are read from the environment and from .env (see .env.example).

  --port N   port of the page and of the calls (PORT, 3000)
  --data DIR folder of all that is kept (.data): the data of Redis and Chroma, the audit trail, its keys and what is on
             its way there, recordings, knowledge, logs. The audit trail and the keys are nowhere else
  --json     says nothing but one line of JSON when everything runs
  --help     this text

  Ctrl-C ends everything it started; a second one does not wait for calls.`;

export interface StartOptions {
  port: string | undefined;
  data: string;
  json: boolean;
  help: boolean;
}

/** @throws with a text for the user when an option is unknown or has no value */
export function parseStartOptions(args: readonly string[]): StartOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string' },
      data: { type: 'string', default: inProject('.data') },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return { port: values.port, data: resolve(values.data), json: values.json, help: values.help };
}
