import { readFileSync } from 'node:fs';
import type { Embedder } from '../src/embedding/embedder.ts';
import { type ClaimKind, Claims, type ClaimVerdict } from '../src/policy/claims/claims.ts';
import { sentencesOf } from '../src/policy/claims/sentences.ts';
import type { Speaker } from '../src/policy/speaker.ts';
import { Micros } from './micros.ts';

interface WrittenClaim {
  readonly id: string;
  readonly text: string;
}

/** A line of a set for claims. */
export interface ClaimRow {
  readonly text: string;
  readonly role: Speaker;
  /** Id of a claim of either kind, `unverified`, or `none`. */
  readonly label: string;
  readonly claims: readonly WrittenClaim[];
  readonly disallowed: readonly WrittenClaim[];
}

export interface ClaimsReport {
  readonly set: string;
  readonly rows: number;
  /** Share of rows with the right label: the right claim, `unverified`, or `none`. */
  readonly accuracy: number;
  /** Rows by what they are, and how many were told right. */
  readonly kinds: Readonly<Record<ClaimKind, { readonly n: number; readonly right: number }>>;
  /** Claims made that were not found. */
  readonly missed: number;
  /** Claims told that were not made: the costly error. */
  readonly falseMatches: number;
  /** Ordinary lines and the caller's words that were told to be an assertion. */
  readonly falseAlarms: number;
  /** Of `sentence`, by words. */
  readonly micros: { readonly p50: number; readonly p99: number };
  /** Of `check`, for the rows that needed it; embedding one after the other. */
  readonly asked: number;
  readonly checkMs: { readonly p50: number; readonly p99: number } | undefined;
  readonly misses: readonly { readonly text: string; readonly label: string; readonly told: string }[];
}

/** @throws Error naming the file and the line that is not of the form of a set */
export function readClaimRows(file: string): ClaimRow[] {
  const rows: ClaimRow[] = [];
  for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      rows.push(rowOf(JSON.parse(line)));
    } catch (error) {
      throw new Error(`${file}:${index + 1}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }
  return rows;
}

function rowOf({ text, role, label, labels, claims, disallowed }: Record<string, unknown>): ClaimRow {
  if (typeof text !== 'string') throw new Error('"text" must be a string');
  const told = label ?? (Array.isArray(labels) ? (labels[0] ?? 'none') : undefined);
  if (typeof told !== 'string') throw new Error('"label" must be the id of a claim, "unverified" or "none"');
  const row = {
    text,
    label: told,
    claims: claimsOf(claims, 'claims'),
    disallowed: claimsOf(disallowed ?? [], 'disallowed'),
  };
  const ids = [...row.claims, ...row.disallowed].map(({ id }) => id);
  if (!['none', 'unverified', ...ids].includes(told))
    throw new Error(`no claim has the id ${JSON.stringify(told)}`);
  return { ...row, role: role === 'user' ? 'user' : 'assistant' };
}

function claimsOf(list: unknown, name: string): WrittenClaim[] {
  const isClaim = (one: unknown): one is WrittenClaim => {
    const { id, text } = (one ?? {}) as Record<string, unknown>;
    return typeof id === 'string' && typeof text === 'string';
  };
  if (!Array.isArray(list) || !list.every(isClaim))
    throw new Error(`"${name}" must be a list of {"id", "text"}`);
  return list;
}

/** @param embedder undefined: by words alone */
export async function evaluateClaims(
  set: string,
  rows: readonly ClaimRow[],
  embedder: Pick<Embedder, 'embedAll'> | undefined,
): Promise<ClaimsReport> {
  const products = new Map<string, Claims>();
  const micros = new Micros();
  const checks = new Micros();
  let asked = 0;
  let right = 0;
  let missed = 0;
  let falseMatches = 0;
  let falseAlarms = 0;
  const kinds: Record<ClaimKind, { n: number; right: number }> = {
    allowed: { n: 0, right: 0 },
    disallowed: { n: 0, right: 0 },
    unverified: { n: 0, right: 0 },
    none: { n: 0, right: 0 },
  };
  const misses: { text: string; label: string; told: string }[] = [];
  // As code that has run before.
  for (const row of rows.slice(0, 200)) claimsFor(row, undefined).sentence(row.text);
  for (const row of rows) {
    const key = JSON.stringify([row.claims, row.disallowed]);
    let claims = products.get(key);
    if (claims === undefined) {
      claims = claimsFor(row, embedder);
      await claims.prepare();
      products.set(key, claims);
    }
    let told = 'none';
    // The caller's words are never asked about.
    if (row.role === 'assistant') {
      for (const { text } of sentencesOf(row.text)) {
        const first = micros.time(() => claims.sentence(text));
        if (!first.isSettled) asked++;
        const startedAt = performance.now();
        const verdict = await claims.check(text);
        if (!first.isSettled) checks.add((performance.now() - startedAt) * 1000);
        if (verdict.kind !== 'none') told = labelOf(verdict);
      }
    }
    const kind = kindOf(row, row.label);
    kinds[kind].n++;
    if (told === row.label) {
      kinds[kind].right++;
      right++;
      continue;
    }
    misses.push({ text: row.text, label: row.label, told });
    if (kind === 'allowed' || kind === 'disallowed') missed++;
    if (['allowed', 'disallowed'].includes(kindOf(row, told))) falseMatches++;
    else if (kind === 'none') falseAlarms++;
  }
  const inMs = ({ p50, p99 }: { p50: number; p99: number }) => ({
    p50: Math.round(p50 / 100) / 10,
    p99: Math.round(p99 / 100) / 10,
  });
  return {
    ...{ set, rows: rows.length, accuracy: Math.round((right / rows.length) * 10_000) / 10_000 },
    ...{ kinds, missed, falseMatches, falseAlarms, micros: micros.summary(), asked },
    checkMs: asked > 0 ? inMs(checks.summary()) : undefined,
    misses,
  };
}

function claimsFor(row: ClaimRow, embedder: Pick<Embedder, 'embedAll'> | undefined): Claims {
  return new Claims({
    ...{
      language: 'en',
      allowed: row.claims,
      disallowed: row.disallowed,
      disclaimers: [],
      unverified: 'allow',
    },
    // Here nobody waits: how good it is must not hang on how fast this machine is.
    embedder: embedder && {
      embedAll: (texts) => embedder.embedAll(texts),
      embed: (texts) => embedder.embedAll(texts),
    },
  });
}

function labelOf({ kind, claims, verdict }: ClaimVerdict): string {
  if (kind === 'allowed') return claims[0]!;
  return kind === 'disallowed' ? verdict.rules[0]! : kind;
}

function kindOf({ claims, disallowed }: ClaimRow, label: string): ClaimKind {
  if (claims.some(({ id }) => id === label)) return 'allowed';
  if (disallowed.some(({ id }) => id === label)) return 'disallowed';
  return label === 'unverified' ? 'unverified' : 'none';
}
