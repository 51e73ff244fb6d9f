import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';

/*
 * How many calls one emulator carries: node loadtest/emulator/capacity.ts --sessions 500
 * Each call repeats a turn: microphone, commit, an answer of 5 s, silence. Prints the emulator's
 * processor time and how late its answers were. A measurement, not a test: it asserts nothing.
 */
const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '15' },
    /** From one turn of a call to its next, ms. */
    turn: { type: 'string', default: '9000' },
    /** Microphone in each turn, ms, in frames of 100 ms. */
    microphone: { type: 'string', default: '3000' },
    /** Whether the microphone carries speech that detection must judge. */
    vad: { type: 'boolean', default: false },
    /** Times real time at which the answer comes. */
    speedup: { type: 'string', default: '4' },
  },
});

const sessions = Number(values.sessions);
const turnMs = Number(values.turn);
const microphoneMs = Number(values.microphone);
const speedUp = Number(values.speedup);
const THINKING_MS = 150;
const ANSWER_MS = 5000;
const FRAME_MS = 100;
/** Loud enough to be speech: a tone. */
const tone = Buffer.from(
  Int16Array.from({ length: FRAME_MS * 24 }, (_, at) => 6000 * Math.sin(at / 8)).buffer,
);
const frame = JSON.stringify({
  type: 'input_audio_buffer.append',
  audio: (values.vad ? tone : Buffer.alloc(FRAME_MS * 48)).toString('base64'),
});
const handsOff = JSON.stringify({
  type: 'session.update',
  session: {
    type: 'realtime',
    audio: {
      input: {
        turn_detection: values.vad
          ? {
              type: 'server_vad',
              create_response: false,
              interrupt_response: false,
              silence_duration_ms: 5000,
            }
          : null,
      },
    },
  },
});

const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url)), '--tied'], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const line = await new Promise<string>((resolve) =>
  child.stdout.once('data', (data) => resolve(String(data))),
);
const { listening, pid } = JSON.parse(line) as { listening: string; pid: number };
await fetch(`${listening}/emulator/script`, {
  method: 'PATCH',
  body: JSON.stringify({ answers: [{ answerMs: ANSWER_MS }], firstAudioMs: THINKING_MS, speedUp }),
});

let bytes = 0;
const firstAudioLate: number[] = [];
const answerMs: number[] = [];
let answers = 0;

function call(index: number): Promise<WebSocket> {
  const ws = new WebSocket(`${listening.replace('http', 'ws')}/v1/realtime?model=gpt-realtime-2.1`, {
    headers: { authorization: 'Bearer sk-load' },
    perMessageDeflate: false,
    skipUTF8Validation: true,
  });
  let askedAt = 0;
  let firstAt = 0;
  ws.on('message', (data: Buffer) => {
    bytes += data.length;
    const type = data.toString('latin1', 9, 40);
    if (firstAt === 0 && type.startsWith('response.output_audio.delta')) {
      firstAt = performance.now();
      firstAudioLate.push(firstAt - askedAt - THINKING_MS);
    } else if (type.startsWith('response.done')) {
      answerMs.push(performance.now() - firstAt);
      answers++;
    }
  });
  const turn = () => {
    if (ws.readyState !== ws.OPEN) return;
    let left = microphoneMs / FRAME_MS;
    const microphone = setInterval(() => {
      if (left-- > 0) {
        ws.send(frame);
        return;
      }
      clearInterval(microphone);
      if (microphoneMs > 0) ws.send('{"type":"input_audio_buffer.commit"}');
      ws.send('{"type":"response.create"}');
      askedAt = performance.now();
      firstAt = 0;
    }, FRAME_MS);
    setTimeout(turn, turnMs);
  };
  return new Promise((resolve, reject) => {
    ws.on('error', reject);
    ws.on('open', () => {
      ws.send(handsOff);
      setTimeout(turn, (index / sessions) * turnMs);
      resolve(ws);
    });
  });
}

const open: WebSocket[] = [];
const connectedFrom = performance.now();
for (let at = 0; at < sessions; at++) open.push(await call(at));
const connectMs = performance.now() - connectedFrom;
// Until every call is in its rhythm.
await new Promise((resolve) => setTimeout(resolve, turnMs + microphoneMs));
bytes = 0;
answers = 0;
firstAudioLate.length = 0;
answerMs.length = 0;
const cpuFrom = cpuMs();
const ownFrom = process.cpuUsage();
const from = performance.now();
await new Promise((resolve) => setTimeout(resolve, Number(values.seconds) * 1000));
const elapsed = performance.now() - from;
const own = process.cpuUsage(ownFrom);

console.log(
  JSON.stringify({
    sessions,
    answersPerSecond: round((answers * 1000) / elapsed),
    megabytesPerSecond: round(bytes / 1000 / elapsed),
    emulatorCorePercent: round(((cpuMs() - cpuFrom) * 100) / elapsed),
    callersCorePercent: round((own.user + own.system) / 10 / elapsed),
    firstAudioLateMs: { p50: percentile(firstAudioLate, 0.5), p95: percentile(firstAudioLate, 0.95) },
    answerTookMs: {
      p50: percentile(answerMs, 0.5),
      p95: percentile(answerMs, 0.95),
      meant: ANSWER_MS / speedUp,
    },
    emulatorMemoryMb: round(
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024,
    ),
    handshakesPerSecond: round((sessions * 1000) / connectMs),
  }),
);
for (const ws of open) ws.terminate();
child.stdin.end();

/** Processor time the emulator has used, ms (Linux counts it in hundredths of a second). */
function cpuMs(): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function percentile(numbers: number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return round(sorted[Math.floor(sorted.length * share)] ?? 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
