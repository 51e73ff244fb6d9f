// All callers within one second.
import type { CallPlan } from './call-plan.ts';
import { call } from './caller.ts';
import { answerMs, arriving, thresholds } from './load.ts';
import { summaryOf, summaryTrendStats } from './summary.ts';

const plan: CallPlan = { voiceMode: 'push-to-talk', turns: 1, pauseMs: 0, answerMs };

export const options = {
  scenarios: { storm: arriving(plan, 1) },
  thresholds: { ...thresholds(), vjj_connect_ms: ['p(95)<=1500'] },
  summaryTrendStats,
};
export default () => call(plan);
export const handleSummary = summaryOf('connect-storm');
export { setup, teardown } from './emulator.ts';
