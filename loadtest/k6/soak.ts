// Hours of calls that come and go: SESSIONS at a time, each of about half a minute, for SOAK (2h).
import { call } from './caller.ts';
import { answerMs, sessions, thresholds } from './load.ts';
import { churning } from './schedule.ts';
import { summaryOf, summaryTrendStats } from './summary.ts';

const callSeconds = 30;
const {
  call: plan,
  planned,
  scenario,
} = churning(sessions, __ENV.SOAK ?? '2h', callSeconds, {
  voiceMode: 'push-to-talk',
  pauseMs: 2000,
  answerMs,
});

export const options = {
  scenarios: { churn: scenario },
  thresholds: {
    ...thresholds(planned),
    vjj_ttfb_response_ms: ['p(95)<=153'],
    vjj_connect_ms: ['p(95)<=1500'],
  },
  summaryTrendStats,
};
export default () => call(plan);
export const handleSummary = summaryOf('soak', planned);
export { setup, teardown } from './emulator.ts';
