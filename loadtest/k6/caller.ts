// One caller of ours for k6, and what is counted of it. Only what k6 itself brings is imported.
import { b64encode } from 'k6/encoding';
import { Counter, Trend } from 'k6/metrics';
import { WebSocket } from 'k6/websockets';
import {
  answerLimitMs,
  type CallPlan,
  closingMs,
  connectLimitMs,
  frameMs,
  longestCallMs,
  openMicTurnFrames,
  speechFrames,
} from './call-plan.ts';

export const url = __ENV.URL ?? 'ws://127.0.0.1:3000/ws';

export const connectMs = new Trend('vjj_connect_ms', true);
export const ttfbResponseMs = new Trend('vjj_ttfb_response_ms', true);
export const ttfbAudioMs = new Trend('vjj_ttfb_audio_ms', true);
export const calls = new Counter('vjj_calls');
/** Callers who were connected: a Trend that nothing was added to looks like one of zeros. */
export const connected = new Counter('vjj_connected');
/** Turns that were spoken, and those of them that were answered. */
export const turnsSpoken = new Counter('vjj_turns');
export const answers = new Counter('vjj_answers');
export const failures = new Counter('vjj_failures');
/** How late k6's own timers were: above the limit the run says nothing of the target. */
export const k6LateMs = new Trend('vjj_k6_late_ms', true);
/** The same while callers connect. */
export const k6ConnectLateMs = new Trend('vjj_k6_connect_late_ms', true);

const samplesPerFrame = 2400;

function frame(amplitude: number): string {
  const samples = new Int16Array(samplesPerFrame);
  for (let at = 0; at < samplesPerFrame; at++) samples[at] = Math.round(amplitude * Math.sin(at / 9));
  return `{"type":"audio.chunk","data":"${b64encode(samples.buffer)}"}`;
}

/** Encoded once: above the floor of loudness, and silence. */
export const speech = frame(6000);
export const silence = frame(0);

/** Of a WebSocket's `readyState`. */
const open = 1;

/** A call from beginning to end; k6 waits for its socket and timers by itself. */
export function call(plan: CallPlan): void {
  const { voiceMode, turns, pauseMs, answerMs } = plan;
  const beganAt = Date.now();
  calls.add(1);
  const socket = new WebSocket(url);
  let isReady = false;
  let isOver = false;
  let turn = 0;
  let isAnswerOwed = false;
  /** When the turn was handed over; 0: the service has not said yet that speech ended. */
  let askedAt = 0;
  let answerLimit: ReturnType<typeof setTimeout> | undefined;
  const connectLimit = setTimeout(() => fail('not connected in time'), connectLimitMs);
  const limit = setTimeout(() => fail('the call did not end'), longestCallMs(plan));

  const watch = (dueAt: number) =>
    setTimeout(() => {
      k6ConnectLateMs.add(Math.max(0, Date.now() - dueAt));
      if (!isReady && !isOver) watch(Date.now() + frameMs);
    }, frameMs);
  watch(beganAt + frameMs);

  const send = (message: string) => {
    if (!isOver && socket.readyState === open) socket.send(message);
  };
  const end = () => {
    if (isOver) return;
    send('{"type":"session.end"}');
    isOver = true;
    clearTimeout(connectLimit);
    clearTimeout(limit);
    clearTimeout(answerLimit);
    setTimeout(() => socket.close(), closingMs);
  };
  const fail = (why: string, detail?: string) => {
    if (isOver) return;
    failures.add(1, { why });
    console.error(`a call failed: ${why}${detail === undefined ? '' : ` (${detail})`}`);
    end();
  };
  const begin = () => {
    if (isOver) return;
    if (isAnswerOwed) {
      // New speech puts an end to whatever answer may still come.
      fail(askedAt === 0 ? 'the end of speech was not noticed' : 'no answer until the next turn');
      return;
    }
    if (turn++ >= turns) {
      end();
      return;
    }
    if (voiceMode === 'push-to-talk') send('{"type":"user.barge_in"}');
    utter(0, Date.now());
  };
  const utter = (number: number, dueAt: number) => {
    if (isOver) return;
    const isSpeech = number < speechFrames[voiceMode];
    send(isSpeech ? speech : silence);
    if (number + 1 === speechFrames[voiceMode]) {
      isAnswerOwed = true;
      askedAt = 0;
      turnsSpoken.add(1);
      if (voiceMode === 'push-to-talk') {
        send('{"type":"audio.commit"}');
        askedAt = Date.now();
        answerLimit = setTimeout(() => fail('no answer within 10 s'), answerLimitMs);
        return;
      }
    }
    const next = dueAt + frameMs;
    setTimeout(
      () => {
        k6LateMs.add(Math.max(0, Date.now() - next));
        if (voiceMode === 'open-mic' && number + 1 === openMicTurnFrames) begin();
        else utter(number + 1, next);
      },
      Math.max(0, next - Date.now()),
    );
  };
  const isAwaited = () => isAnswerOwed && askedAt > 0;
  const heardAudio = () => {
    if (!isAwaited()) return;
    isAnswerOwed = false;
    clearTimeout(answerLimit);
    ttfbAudioMs.add(Date.now() - askedAt);
    answers.add(1);
    if (voiceMode === 'push-to-talk') setTimeout(begin, answerMs + pauseMs);
  };

  socket.onopen = () => send(JSON.stringify({ type: 'session.start', voiceMode }));
  socket.onmessage = ({ data }) => {
    const text = data as string;
    // Most of what comes is audio, and is not parsed.
    const type = text.slice(9, text.indexOf('"', 9));
    if (type === 'audio.chunk') {
      if (text.slice(-90).includes('"lane":"B"')) heardAudio();
    } else if (type === 'provider.ready' && !isReady) {
      isReady = true;
      clearTimeout(connectLimit);
      connected.add(1);
      connectMs.add(Date.now() - beganAt);
      begin();
    } else if (type === 'response.start' && isAwaited()) ttfbResponseMs.add(Date.now() - askedAt);
    else if (type === 'speech.stopped') askedAt = Date.now();
    else if (type === 'error') fail(JSON.parse(text).code);
  };
  socket.onerror = ({ error }) => fail(isReady ? 'the connection broke' : 'could not connect', error);
  socket.onclose = ({ code }) => fail(`the connection was lost (${code})`);
}
