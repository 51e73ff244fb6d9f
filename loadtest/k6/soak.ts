// Hours of calls that come and go: SESSIONS at a time, each of about half a minute, for SOAK (2h).
import { call } from './caller.ts';
import { answerMs, sessions, thresholds } from './load.ts';
import { callsWithin } from './schedule.ts';
import { summaryOf, summaryTrendStats } from './summary.ts';

const callSeconds = 30;
const turnSeconds = 3;
const duration = __ENV.SOAK ?? '2h';
const planned = callsWithin(duration, (callSeconds * 1000) / sessions);

export const options = {
  scenarios: {
    churn: {
      executor: 'constant-arrival-rate',
      rate: sessions,
      timeUnit: `${callSeconds}s`,
      duration,
      preAllocatedVUs: sessions * 2,
      gracefulStop: '120s',
    },
  },
  thresholds: {
    ...thresholds(planned),
    vjj_ttfb_response_ms: ['p(95)<=153'],
    vjj_connect_ms: ['p(95)<=1500'],
  },
  summaryTrendStats,
};
export default () =>
  call({ voiceMode: 'push-to-talk', turns: callSeconds / turnSeconds, pauseMs: 2000, answerMs });
export const handleSummary = summaryOf('soak', planned);
