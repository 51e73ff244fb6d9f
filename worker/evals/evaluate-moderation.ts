import { type Category, isCategory } from '../src/policy/moderation/category.ts';
import type { Finding, Moderation } from '../src/policy/moderation/moderation.ts';
import { Micros } from './micros.ts';
import type { LabelledText } from './rows.ts';

interface Recall {
  n: number;
  right: number;
  any: number;
}

interface Miss {
  readonly text: string;
  readonly labels: readonly Category[];
  readonly found: readonly Category[];
  /** What spoke, to be excepted or mended. */
  readonly patterns: readonly string[];
  /** With `--stream`: the text at which the first finding came. */
  readonly decidedAt?: string;
}

export interface ModerationReport {
  readonly set: string;
  readonly rows: number;
  readonly categories: Partial<Record<Category, Recall>>;
  readonly unlabelled: { readonly n: number; readonly flagged: number };
  /** Of a whole text, or with `--stream` of one word of it. */
  readonly micros: { readonly p50: number; readonly p99: number };
  readonly misses: readonly Miss[];
  readonly decisions?: readonly {
    readonly text: string;
    readonly decidedAt: string;
    readonly found: readonly Category[];
  }[];
}

/** Judges each text, whole or word by word. */
export function evaluateModeration(
  set: string,
  rows: readonly LabelledText[],
  moderation: Moderation,
  isStreamed: boolean,
): ModerationReport {
  const recall: Partial<Record<Category, Recall>> = {};
  const unlabelled = { n: 0, flagged: 0 };
  const misses: Miss[] = [];
  const decisions: { text: string; decidedAt: string; found: Category[] }[] = [];
  // The first texts would tell what compiling costs.
  const warmUp = new Micros();
  for (let times = 0; times < 2_000 && rows.length > 0; times += 1) {
    const { text, role } = rows[times % rows.length] ?? { text: '', role: 'user' };
    streamed(moderation, role, text.slice(0, 300), warmUp);
  }
  const micros = new Micros();
  for (const { text, role, labels } of rows) {
    const { findings, decidedAt } = isStreamed
      ? streamed(moderation, role, text, micros)
      : { findings: micros.time(() => moderation.moderate(role, text)), decidedAt: undefined };
    const found = [...new Set(findings.map(({ category }) => category))].filter(isCategory);
    if (decidedAt !== undefined) decisions.push({ text, decidedAt, found });
    for (const label of labels) {
      recall[label] ??= { n: 0, right: 0, any: 0 };
      recall[label].n += 1;
      if (found.length > 0) recall[label].any += 1;
      if (found.includes(label)) recall[label].right += 1;
    }
    if (labels.length === 0) {
      unlabelled.n += 1;
      if (found.length > 0) unlabelled.flagged += 1;
    }
    const isRight = labels.length === 0 ? found.length === 0 : labels.every((label) => found.includes(label));
    if (isRight) continue;
    const patterns = findings.map(({ patternId }) => patternId);
    misses.push({ text, labels, found, patterns, ...(decidedAt === undefined ? {} : { decidedAt }) });
  }
  return {
    ...{ set, rows: rows.length, categories: recall, unlabelled, micros: micros.summary(), misses },
    ...(isStreamed ? { decisions } : {}),
  };
}

function streamed(moderation: Moderation, role: LabelledText['role'], text: string, micros: Micros) {
  const turn = moderation.turn(role);
  let said = '';
  let decidedAt: string | undefined;
  for (const delta of text.match(/\s*\S+|\s+$/g) ?? []) {
    micros.time(() => turn.push(delta));
    said += delta;
    if (turn.findings.length > 0) decidedAt ??= said;
  }
  micros.time(() => turn.finish());
  const findings: readonly Finding[] = turn.findings;
  if (findings.length > 0) decidedAt ??= said;
  return { findings, decidedAt };
}
