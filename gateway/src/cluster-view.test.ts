import type { ClusterStatus, ProcessStatus } from '@vjj/shared/control/cluster-status.ts';
import { LatencyWindow } from '@vjj/shared/process/latency-window.ts';
import { describe, expect, it } from 'vitest';
import { statusOf } from './cluster-view.ts';

function processOf(id: string, own: Partial<ProcessStatus> = {}): ProcessStatus {
  return {
    id,
    state: 'up',
    leaseMs: 4000,
    version: '1',
    pid: 1,
    host: 'h',
    startedAt: 0,
    sessions: 0,
    capacity: 0,
    loopLagP95Ms: 1,
    rssBytes: 1000,
    links: 1,
    admin: '',
    linkPath: '/secret.sock',
    machine: 'm',
    linkAddress: '',
    provider: '',
    laneA: '',
    knowledge: '',
    warmConnections: 0,
    features: '',
    connect: '',
    ttfbResponse: '',
    ttfbAudio: '',
    queues: '',
    evidence: '',
    audit: '',
    waiting: 0,
    limitedBy: '',
    ...own,
  };
}

const worker = (id: string, own: Partial<ProcessStatus> = {}) =>
  processOf(id, { capacity: 10, sessions: 3, provider: 'ok', laneA: 'on', evidence: 'ok', ...own });

const whole: ClusterStatus = {
  workers: [worker('w1'), worker('w2')],
  gateways: [processOf('g1'), processOf('g2')],
  recorders: [processOf('r1', { queues: '[{"name":"audit","waiting":2}]' })],
  waiting: 0,
  places: 14,
};

function observed(...allMs: number[]): string {
  const window = new LatencyWindow();
  for (const ms of allMs) window.observe(ms);
  return window.encode();
}

describe('the status of a cluster', () => {
  it.each([
    { why: 'all of it runs', change: {}, status: 'ok' },
    {
      why: 'a worker is lost',
      change: { workers: [worker('w1'), worker('w2', { state: 'lost' as const })] },
      status: 'degraded',
    },
    {
      why: 'a gateway leaves',
      change: { gateways: [processOf('g1'), processOf('g2', { state: 'draining' as const })] },
      status: 'degraded',
    },
    { why: 'nothing records', change: { recorders: [] }, status: 'degraded' },
    {
      why: 'what records stores nothing',
      change: { recorders: [processOf('r1', { audit: 'failing (away)' })] },
      status: 'degraded',
    },
    { why: 'no worker takes calls', change: { workers: [] }, status: 'down' },
  ])('is $status when $why', ({ change, status }) => {
    expect(statusOf({ ...whole, ...change }).status).toBe(status);
  });

  it('counts the calls of those that live, and the room of those that take more', () => {
    const workers = [worker('w1'), worker('w2', { state: 'draining' }), worker('w3', { state: 'lost' })];
    expect(statusOf({ ...whole, workers })).toMatchObject({ sessions: 6, capacity: 10 });
  });

  it('says who waits, and why workers take no more', () => {
    const workers = [worker('w1', { limitedBy: 'loop_lag', waiting: 4 }), worker('w2')];
    const status = statusOf({ ...whole, workers, waiting: 4 });
    expect(status).toMatchObject({ waiting: 4, workers: [{ limitedBy: 'loop_lag', waiting: 4 }, {}] });
    expect(status.workers[1]!.limitedBy).toBeUndefined();
  });

  it('merges what workers saw, so that a busy slow one weighs what it must', () => {
    const workers = [
      worker('w1', { ttfbResponse: observed(...Array(90).fill(20)) }),
      worker('w2', { ttfbResponse: observed(...Array(10).fill(900)) }),
    ];
    const { ttfbResponse } = statusOf({ ...whole, workers }).latency;
    expect(ttfbResponse).toMatchObject({ count: 100 });
    expect(ttfbResponse!.p50Ms).toBeLessThan(25);
    expect(ttfbResponse!.p95Ms).toBeGreaterThan(850);
  });

  it('says of each lane what is worst of it, and of each process what an operator looks at', () => {
    const workers = [
      worker('w1'),
      worker('w2', { laneA: 'off (PROVIDER_AUTH: key)', provider: 'PROVIDER_BUSY' }),
    ];
    const status = statusOf({ ...whole, workers });
    expect(status.lanes).toEqual({ A: 'off (PROVIDER_AUTH: key)', B: 'PROVIDER_BUSY', C: 'ok' });
    expect(status.queues).toEqual([{ name: 'audit', waiting: 2 }]);
    expect(status.workers[0]).toMatchObject({
      state: 'up',
      sessions: 3,
      loopLagP95Ms: 1,
      rssBytes: 1000,
      leaseMs: 4000,
      links: 1,
    });
    expect(JSON.stringify(status)).not.toContain('secret');
  });
});
