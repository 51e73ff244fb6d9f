import { relative } from 'node:path';
import type { LocalCluster } from './local-cluster.ts';
import { root } from './project.ts';
import type { StartSettings } from './start-settings.ts';

/** The one screen a start ends with: what runs, where to click, what is not real, where to look. */
export function startScreen(settings: StartSettings, cluster: LocalCluster, logs: string): string {
  const { config, port, takenPort } = settings;
  const url = `http://localhost:${port}`;
  const rows: [string, string][] = [
    ['gateway', `${config.GATEWAY_PROCESSES} processes on port ${port}`],
    ['worker', `${config.WORKER_PROCESSES} processes`],
    ['recorder', `${config.RECORDER_PROCESSES} process${config.RECORDER_PROCESSES === 1 ? '' : 'es'}`],
    ['Redis', cluster.redis ? `port ${new URL(cluster.redisUrl).port}` : 'yours (REDIS_URL)'],
    ['Chroma', chromaOf(cluster, config.CHROMA_URL)],
    [
      'voice service',
      cluster.emulatorUrl ? `simulated, port ${new URL(cluster.emulatorUrl).port}` : config.OPENAI_BASE_URL,
    ],
  ];
  const table = rows.map(([name, value]) => `  ${name.padEnd(14)} ${value}`).join('\n');
  return `
voice-jib-jab runs${takenPort === undefined ? '' : ` (port ${takenPort} is taken, so on ${port})`}

  Open           ${url}/   and talk to it

${table}
${cluster.emulatorUrl ? simulated : ''}
  status         ${url}/status   (also /health, /ready, /metrics)
  logs           ${shown(logs)}/*.log   (JSON lines; those of the last start in previous/)

Ctrl-C ends it all.
`;
}

function chromaOf({ chromaUrl }: LocalCluster, given: string): string {
  if (chromaUrl !== undefined) return `port ${new URL(chromaUrl).port}`;
  return given === '' ? 'none (CHROMA_URL)' : 'yours (CHROMA_URL)';
}

function shown(folder: string): string {
  const fromHere = relative(root, folder);
  return fromHere.startsWith('..') ? folder : fromHere;
}

const simulated = `
  Simulated: nothing is sent to OpenAI. The stand-in speaks its protocol, with canned answers in a
  synthetic voice. For the real service:   OPENAI_API_KEY=… npm start   (or put the key into .env)
`;

/** The same for programs. */
export function startReport(settings: StartSettings, cluster: LocalCluster, logs: string): string {
  return JSON.stringify({
    url: `http://127.0.0.1:${settings.port}`,
    redisUrl: cluster.redisUrl,
    chromaUrl: cluster.chromaUrl,
    emulatorUrl: cluster.emulatorUrl,
    logs,
    pids: Object.fromEntries(cluster.members.map(({ name, pid }) => [name, pid])),
  });
}
