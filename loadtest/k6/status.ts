// Dashboards polling beside load: /status must not cost callers anything.
import { check } from 'k6';
import http from 'k6/http';
import type { CallPlan } from './call-plan.ts';
import { call, url } from './caller.ts';
import { answerMs, arriving, thresholds } from './load.ts';
import { summaryOf, summaryTrendStats } from './summary.ts';

const base = url.replace(/^ws/, 'http').replace(/\/ws$/, '');

const plan: CallPlan = { voiceMode: 'push-to-talk', turns: 3, pauseMs: 2000, answerMs };
const pollsPerSecond = Number(__ENV.POLLS_PER_SECOND ?? 20);
const pollLimitSeconds = 5;

export const options = {
  scenarios: {
    calls: arriving(plan),
    polling: {
      executor: 'constant-arrival-rate',
      exec: 'poll',
      rate: pollsPerSecond,
      duration: '20s',
      // One for each that may still wait.
      preAllocatedVUs: pollsPerSecond * pollLimitSeconds + 1,
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
  const answer = http.get(`${base}/status`, { timeout: `${pollLimitSeconds}s` });
  check(answer, { 'the status is told': ({ status }) => status === 200 });
}
export default () => call(plan);
export const handleSummary = summaryOf('status');
export { setup, teardown } from './emulator.ts';
