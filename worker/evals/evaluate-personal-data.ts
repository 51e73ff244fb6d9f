import { findPersonalData } from '../src/policy/personal-data/find-personal-data.ts';
import { Micros } from './micros.ts';
import type { Span, SpannedText } from './rows.ts';

interface Found {
  n: number;
  found: number;
}

export interface PersonalDataReport {
  readonly set: string;
  readonly rows: number;
  /** Spans of a kind, and those of which a span of the same kind covers at least half. */
  readonly kinds: Readonly<Record<string, Found>>;
  /** The same over all kinds, and whatever kind covers them: what masking hides. */
  readonly recall: { readonly right: number; readonly covered: number };
  /** Of what was found of kinds that the set marks at all: the share that lies at least by half in spans of it. */
  readonly precision: number;
  readonly precisions: Readonly<Record<string, { n: number; right: number }>>;
  readonly micros: { readonly p50: number; readonly p99: number };
  readonly misses: readonly {
    readonly text: string;
    readonly missed: readonly string[];
    readonly extra: readonly string[];
  }[];
}

/** Looks for personal data in each text; with `isStreamed` in each of its beginnings, word by word. */
export function evaluatePersonalData(
  set: string,
  rows: readonly SpannedText[],
  isStreamed: boolean,
): PersonalDataReport {
  const kinds: Record<string, Found> = {};
  const precisions: Record<string, { n: number; right: number }> = {};
  const misses: { text: string; missed: string[]; extra: string[] }[] = [];
  const total = { n: 0, right: 0, covered: 0, told: 0, true: 0 };
  const marked = new Set(rows.flatMap(({ spans }) => spans.map(({ kind }) => kind)));
  for (const { text } of rows.slice(0, 300)) findPersonalData(text);
  const micros = new Micros();
  for (const { text, spans } of rows) {
    if (isStreamed) {
      for (const { index } of text.matchAll(/\s+/g))
        micros.time(() => findPersonalData(text.slice(0, index)));
    }
    const told = micros.time(() => findPersonalData(text));
    const say = ({ start, end, kind }: Span) => `${kind} ${text.slice(start, end)}`;
    const missed: string[] = [];
    for (const span of spans) {
      kinds[span.kind] ??= { n: 0, found: 0 };
      const count = kinds[span.kind] ?? { n: 0, found: 0 };
      const isFound = told.some((other) => other.kind === span.kind && coversHalf(other, span));
      count.n += 1;
      total.n += 1;
      if (isFound) {
        count.found += 1;
        total.right += 1;
      } else missed.push(say(span));
      if (told.some((other) => coversHalf(other, span))) total.covered += 1;
    }
    const extra: string[] = [];
    for (const span of told) {
      // What the set does not mark cannot be told to be wrong.
      if (!marked.has(span.kind)) continue;
      precisions[span.kind] ??= { n: 0, right: 0 };
      const count = precisions[span.kind] ?? { n: 0, right: 0 };
      count.n += 1;
      total.told += 1;
      if (isHalfCovered(span, spans)) {
        count.right += 1;
        total.true += 1;
      } else extra.push(say(span));
    }
    if (missed.length > 0 || extra.length > 0) misses.push({ text, missed, extra });
  }
  return {
    ...{ set, rows: rows.length, kinds },
    recall: { right: share(total.right, total.n), covered: share(total.covered, total.n) },
    precision: share(total.true, total.told),
    ...{ precisions, micros: micros.summary(), misses },
  };
}

function coversHalf(by: Span, span: Span): boolean {
  const shared = Math.min(by.end, span.end) - Math.max(by.start, span.start);
  return shared * 2 >= span.end - span.start && shared > 0;
}

/** By one span or by several: an address may be marked in parts. */
function isHalfCovered({ start, end }: Span, by: readonly Span[]): boolean {
  let shared = 0;
  for (const other of by) shared += Math.max(0, Math.min(other.end, end) - Math.max(other.start, start));
  return shared * 2 >= end - start;
}

function share(part: number, all: number): number {
  return all === 0 ? 1 : Math.round((part / all) * 10_000) / 10_000;
}
