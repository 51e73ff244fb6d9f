// Continuous audio: a turn every ten seconds.
import type { CallPlan } from './call-plan.ts';
import { call } from './caller.ts';
import { answerMs, arriving, thresholds } from './load.ts';
import { summaryOf, summaryTrendStats } from './summary.ts';

const plan: CallPlan = { voiceMode: 'open-mic', turns: Number(__ENV.TURNS ?? 3), pauseMs: 0, answerMs };

export const options = {
  scenarios: { openMic: arriving(plan, 10) },
  thresholds: { ...thresholds(), vjj_ttfb_response_ms: ['p(95)<=153'] },
  summaryTrendStats,
};
export default () => call(plan);
export const handleSummary = summaryOf('open-mic');
export { setup, teardown } from './emulator.ts';
