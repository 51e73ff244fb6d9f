import { describe, expect, it, onTestFinished } from 'vitest';
import { ProviderLimits, pauseFor } from './provider-limits.ts';

it.each([
  ['plenty is left', 1000, 500, 30_000, 0],
  ['just enough is left', 1000, 100, 54_000, 0],
  ['nothing is left', 1000, 0, 60_000, 6000],
  ['half of enough is left', 1000, 50, 57_000, 3000],
  ['there is no such limit', 0, 0, 0, 0],
])(
  'when %s, new calls wait for as long as enough takes to grow back',
  (_when, limit, remaining, resetMs, pauseMs) => {
    expect(pauseFor({ name: 'tokens', limit, remaining, resetMs })).toBe(pauseMs);
  },
);

describe('new calls pause', () => {
  function limits(): ProviderLimits {
    const made = new ProviderLimits(() => 1);
    onTestFinished(() => made.close());
    return made;
  }

  it('while a limit is nearly used up, until the service says otherwise', () => {
    const service = limits();
    const used = { name: 'tokens', limit: 1000, remaining: 0, resetMs: 60_000 };
    service.told([used, { name: 'requests', limit: 100, remaining: 90, resetMs: 0 }], 0);
    expect(service.isPaused(5999)).toBe(true);
    expect(service.isPaused(6000)).toBe(false);
    service.told([{ ...used, remaining: 900 }], 100);
    expect(service.isPaused(200)).toBe(false);
  });

  it('after a refusal, for longer each time it follows a pause at once, and shortly again after a while of peace', () => {
    const service = limits();
    for (let i = 0; i < 20; i++) service.refused(0, i);
    expect(service.isPaused(1000)).toBe(true);
    expect(service.isPaused(1100)).toBe(false);
    service.refused(0, 2000);
    expect(service.isPaused(3999)).toBe(true);
    expect(service.isPaused(4000)).toBe(false);
    service.refused(0, 60_000);
    expect(service.isPaused(60_999)).toBe(true);
    expect(service.isPaused(61_000)).toBe(false);
  });

  it('for as long as the service asks for', () => {
    const service = limits();
    service.refused(20_000, 0);
    expect(service.isPaused(19_999)).toBe(true);
    expect(service.isPaused(20_000)).toBe(false);
  });

  it('and it is told once that they do', () => {
    const service = limits();
    let told = 0;
    service.onChanged = () => told++;
    service.refused();
    service.refused();
    expect(told).toBe(1);
    service.told([{ name: 'tokens', limit: 1000, remaining: 1000, resetMs: 0 }]);
    expect(told).toBe(1);
  });
});
