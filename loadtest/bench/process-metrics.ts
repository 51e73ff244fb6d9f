import { type Buckets, bucketsIn } from './metric-histogram.ts';
import type { PerKind, ProcessKind } from './process-usage.ts';

/** What filled up: the greatest of all processes. */
export interface Watermarks {
  /** Waited on one link at once, since the last scrape. */
  linkBytes: number;
  /** Evidence that waits for the recorder, when asked. */
  auditJobs: number;
  /** Evidence of this host that is not stored yet, when asked. */
  spillBytes: number;
}

export interface ProcessFigures {
  /** The 99th percentile of event-loop lag since the last scrape: the worst process of each kind. */
  loopLagP99Ms: PerKind;
  watermarks: Watermarks;
  /** What evidence takes of the workers' event loops since they started. */
  evidence: { event: Buckets; write: Buckets };
}

/** `monitorEventLoopDelay` counts its own period in. */
const resolutionMs = 10;

/** What the processes' own metrics say. Several children behind one port answer with the mean of their lags. */
export async function takeProcessFigures(
  metrics: Partial<Record<ProcessKind, readonly string[]>>,
): Promise<ProcessFigures> {
  const kinds = await Promise.all(
    Object.entries(metrics).map(async ([kind, urls]) => {
      const texts = await Promise.all(urls.map(async (url) => (await fetch(url)).text()));
      return [kind, texts] as const;
    }),
  );
  const all = kinds.flatMap(([, texts]) => texts);
  const greatest = (name: string) => Math.max(0, ...all.map((text) => metricIn(text, name)));
  return {
    loopLagP99Ms: Object.fromEntries(
      kinds.map(([kind, texts]) => [kind, Math.max(0, ...texts.map(lagIn))] as const),
    ),
    watermarks: {
      linkBytes: greatest('vjj_link_queued_peak_bytes'),
      auditJobs: greatest('vjj_queue_jobs{queue="audit",state="waiting"'),
      spillBytes: greatest('vjj_evidence_spill_bytes'),
    },
    evidence: {
      event: bucketsIn(all, 'vjj_evidence_handover_seconds'),
      write: bucketsIn(all, 'vjj_evidence_write_seconds'),
    },
  };
}

export function lagIn(text: string): number {
  const ms = metricIn(text, 'vjj_nodejs_eventloop_lag_p99_seconds') * 1000;
  return ms === 0 ? 0 : Math.max(0, Math.round((ms - resolutionMs) * 10) / 10);
}

/** @param series name of the metric, and the beginning of its labels as they are written; 0 when there is none */
function metricIn(text: string, series: string): number {
  const line = text.split('\n').find((one) => one.startsWith(series));
  const value = Number(line?.slice(line.lastIndexOf(' ')));
  return Number.isFinite(value) ? value : 0;
}
