import type { PerKind, ProcessKind } from './process-usage.ts';

const lagP99 = /^vjj_nodejs_eventloop_lag_p99_seconds(?:\{[^}]*\})? ([\d.e+-]+)/m;
/** `monitorEventLoopDelay` counts its own period in. */
const resolutionMs = 10;

/**
 * The 99th percentile of event-loop lag since the last scrape, which resets it: the worst process of each kind. Several
 * children behind one port answer with their mean.
 */
export async function takeLoopLag(
  metrics: Partial<Record<ProcessKind, readonly string[]>>,
): Promise<PerKind> {
  const kinds = await Promise.all(
    Object.entries(metrics).map(async ([kind, urls]) => {
      const lags = await Promise.all(urls.map(async (url) => lagIn(await (await fetch(url)).text())));
      return [kind, Math.max(0, ...lags)] as const;
    }),
  );
  return Object.fromEntries(kinds);
}

export function lagIn(text: string): number {
  const seconds = Number(lagP99.exec(text)?.[1] ?? Number.NaN);
  return Number.isNaN(seconds) ? 0 : Math.max(0, Math.round((seconds * 1000 - resolutionMs) * 10) / 10);
}
