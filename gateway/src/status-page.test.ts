import { expect, it } from 'vitest';
import { statusOf } from './cluster-view.ts';
import { statusPage } from './status-page.ts';

const page = (lane: string) => {
  const status = statusOf({ workers: [], gateways: [], recorders: [], waiting: 0, places: 0 });
  const lanes = { A: lane, B: 'ok', C: 'ok' };
  return statusPage({ ...status, lanes, features: { ENABLE_LANE_A: true }, version: '1', uptimeSeconds: 2 });
};

it('what asks for somebody’s eyes stands out on the status page, and nothing of it is markup', () => {
  expect(page('PROVIDER_BUSY')).toContain('<span class="bad">PROVIDER_BUSY</span>');
  expect(page('off (<b>key</b>)')).toContain('<span class="bad">off (&lt;b&gt;key&lt;/b&gt;)</span>');
  expect(page('on')).toContain('<span class="ok">on</span>');
  expect(page('on')).toContain('<td>ENABLE_LANE_A</td>');
});
