// Dashboards polling beside load: /status must not cost callers anything.
import { check } from 'k6';
import http from 'k6/http';
import { call, url } from './caller.ts';
import { answerMs, arriving, thresholds } from './load.ts';
import { summaryOf, summaryTrendStats } from './summary.ts';

const base = url.replace(/^ws/, 'http').replace(/\/ws$/, '');

export const options = {
  scenarios: {
    calls: arriving(),
    polling: {
      executor: 'constant-arrival-rate',
      exec: 'poll',
      rate: Number(__ENV.POLLS_PER_SECOND ?? 20),
      duration: '20s',
      preAllocatedVUs: 20,
    },
  },
  thresholds: {
    ...thresholds(),
    vjj_ttfb_response_ms: ['p(95)<=153'],
    http_req_failed: ['rate==0'],
    http_req_duration: ['p(95)<250'],
  },
  summaryTrendStats,
};
export function poll(): void {
  check(http.get(`${base}/status`), { 'the status is told': (answer) => answer.status === 200 });
}
export default () => call({ voiceMode: 'push-to-talk', turns: 3, pauseMs: 2000, answerMs });
export const handleSummary = summaryOf('status');
