// `frame-cost.ts [--frames 20000] [--json out.json]`: what a piece of audio costs by itself, and with nothing of it in the caches.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { bytesOf } from '@vjj/shared/audio.ts';
import { Ticker } from '@vjj/shared/clock.ts';
import { audioMessage } from '../src/audio-message.ts';
import { readTextFrame } from '../src/client-frame.ts';
import { Microphone } from '../src/microphone.ts';
import { readAudioDelta } from '../src/provider/audio-delta.ts';

const { values } = parseArgs({
  allowPositionals: true,
  options: { frames: { type: 'string', default: '20000' }, json: { type: 'string' } },
});
const count = Number(values.frames);
const calls = 200;
const frameMs = 100;
/** More than a core's own caches hold; walked through between two pieces, it takes their place. */
const elsewhere = new Uint8Array(8 * 1024 * 1024);
const cacheLineBytes = 64;

const pcm = Buffer.alloc(bytesOf(frameMs));
for (let at = 0; at < pcm.length; at += 2) pcm.writeInt16LE(Math.round(3000 * Math.sin(at / 10)), at);
const base64 = pcm.toString('base64');
const differing = <T>(make: (n: number) => T): T[] => Array.from({ length: 2000 }, (_, n) => make(n));
const frames = differing(() => Buffer.from(`{"type":"audio.chunk","data":"${base64}"}`));
const deltas = differing((n) =>
  Buffer.from(
    `{"type":"response.output_audio.delta","event_id":"event_${n}","response_id":"resp_1","item_id":"item_1","output_index":0,"content_index":0,"delta":"${base64}"}`,
  ),
);

/** So that nothing that is measured can be left out by the compiler. */
let bytesPassedOn = 0;
const ticker = new Ticker(20);
const microphones = Array.from({ length: calls }, () => {
  const microphone = new Microphone(
    { cooldownMs: 0, minRms: 200, ticker },
    {
      append: (audio) => {
        bytesPassedOn += audio.length;
      },
      commit: () => undefined,
      clear: () => undefined,
      passed: () => undefined,
    },
  );
  microphone.mode = 'open-mic';
  return microphone;
});

const steps: Record<string, (n: number) => void> = {
  'a frame of a caller: cut out, decoded, its loudness measured': (n) => {
    const frame = readTextFrame(frames[n % frames.length]!);
    if (frame.kind === 'audio') microphones[n % calls]!.hear(frame.audio, true, n * frameMs);
  },
  'a delta of the voice service: cut out, decoded': (n) => {
    bytesPassedOn += readAudioDelta(deltas[n % deltas.length]!)?.pcm.length ?? 0;
  },
  'a message with audio for the caller: encoded': (n) => {
    bytesPassedOn += audioMessage(pcm, 'B', n).length;
  },
};

const report = {
  machine: cpus()[0]?.model,
  frames: count,
  frameMs,
  micros: Object.fromEntries(
    Object.entries(steps).map(([name, step]) => {
      medianMicros(step, count, () => undefined); // until it is compiled
      return [name, { inCaches: medianMicros(step, count, () => undefined), outOfCaches: outOfCaches(step) }];
    }),
  ),
};
if (bytesPassedOn === 0) throw new Error('nothing was passed on');
const text = JSON.stringify(report, null, 2);
if (values.json !== undefined) writeFileSync(values.json, `${text}\n`);
console.log(text);

function outOfCaches(step: (n: number) => void): number {
  return medianMicros(step, Math.min(count, 2000), () => {
    for (let at = 0; at < elsewhere.length; at += cacheLineBytes) elsewhere[at]!++;
  });
}

function medianMicros(step: (n: number) => void, times: number, between: () => void): number {
  const micros = Array.from({ length: times }, (_, n) => {
    between();
    const start = process.hrtime.bigint();
    step(n);
    return Number(process.hrtime.bigint() - start) / 1000;
  });
  return Math.round((micros.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? 0) * 10) / 10;
}
