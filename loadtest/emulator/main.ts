import { parseArgs } from 'node:util';
import { startEmulator } from './server.ts';

const { values } = parseArgs({
  options: {
    /** 0: any free port. */
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    /** The only bearer key accepted; absent: any that is not empty. */
    key: { type: 'string' },
    /** What callers are understood to say by microphone, in turn; once for each line. */
    heard: { type: 'string', multiple: true },
    /** Folder that keeps what was spoken for the next run. */
    clips: { type: 'string' },
    /** End when stdin closes, that is, when the parent is gone. */
    tied: { type: 'boolean', default: false },
  },
});

const emulator = await startEmulator({
  port: Number(values.port),
  host: values.host,
  ...(values.key === undefined ? {} : { key: values.key }),
  ...(values.heard === undefined ? {} : { script: { heard: values.heard } }),
  ...(values.clips === undefined ? {} : { clips: values.clips }),
});

let isEnding = false;
async function end(): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  await emulator.close();
  process.exit(0);
}

process.on('SIGTERM', () => void end());
process.on('SIGINT', () => void end());
if (values.tied) {
  process.stdin.on('end', () => void end());
  process.stdin.on('error', () => void end());
  process.stdin.resume();
}

console.log(JSON.stringify({ listening: emulator.url, pid: process.pid }));
