// Continuous audio: a turn every ten seconds.
import { call } from './caller.ts';
import { answerMs, arriving, thresholds } from './load.ts';
import { summaryOf, summaryTrendStats } from './summary.ts';

export const options = {
  scenarios: { openMic: arriving(10) },
  thresholds: { ...thresholds(), vjj_ttfb_response_ms: ['p(95)<=153'] },
  summaryTrendStats,
};
export default () => call({ voiceMode: 'open-mic', turns: Number(__ENV.TURNS ?? 3), pauseMs: 0, answerMs });
export const handleSummary = summaryOf('open-mic');
