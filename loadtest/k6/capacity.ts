// The pattern of the runbook this one grew from: push-to-talk, three turns of three chunks, commit, two seconds.
import type { CallPlan } from './call-plan.ts';
import { call } from './caller.ts';
import { answerMs, arriving, thresholds } from './load.ts';
import { summaryOf, summaryTrendStats } from './summary.ts';

const plan: CallPlan = { voiceMode: 'push-to-talk', turns: 3, pauseMs: 2000, answerMs };

export const options = {
  scenarios: { capacity: arriving(plan) },
  thresholds: { ...thresholds(), vjj_ttfb_response_ms: ['p(95)<=153'], vjj_connect_ms: ['p(95)<=1500'] },
  summaryTrendStats,
};
export default () => call(plan);
export const handleSummary = summaryOf('capacity');
export { setup, teardown } from './emulator.ts';
