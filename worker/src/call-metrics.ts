import { seconds } from '@vjj/shared/metrics.ts';
import { LatencyWindow } from '@vjj/shared/process/latency-window.ts';

const connectSeconds = seconds('vjj_connect_seconds', 'session.start until provider.ready');
const responseSeconds = seconds('vjj_ttfb_response_seconds', 'end of the caller’s turn until response.start');
const audioSeconds = seconds(
  'vjj_ttfb_audio_seconds',
  'end of the caller’s turn until the first audio of the lane',
  ['lane'],
);

/** The last minutes of this process, for `/status`. */
export const recent = {
  connect: new LatencyWindow(),
  ttfbResponse: new LatencyWindow(),
  ttfbAudio: new LatencyWindow(),
} as const;

export function connected(ms: number): void {
  connectSeconds.observe(ms / 1000);
  recent.connect.observe(ms);
}

export function responseBegan(ms: number): void {
  responseSeconds.observe(ms / 1000);
  recent.ttfbResponse.observe(ms);
}

export function audioBegan(lane: string, ms: number): void {
  audioSeconds.observe({ lane }, ms / 1000);
  if (lane === 'B') recent.ttfbAudio.observe(ms);
}
