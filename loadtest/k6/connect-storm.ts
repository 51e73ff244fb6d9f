// All callers within one second.
import { call } from './caller.ts';
import { answerMs, arriving, thresholds } from './load.ts';
import { summaryOf, summaryTrendStats } from './summary.ts';

export const options = {
  scenarios: { storm: arriving(1) },
  thresholds: { ...thresholds(), vjj_connect_ms: ['p(95)<=1500'] },
  summaryTrendStats,
};
export default () => call({ voiceMode: 'push-to-talk', turns: 1, pauseMs: 0, answerMs });
export const handleSummary = summaryOf('connect-storm');
