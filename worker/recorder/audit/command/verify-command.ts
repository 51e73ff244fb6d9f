import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ownPublicKey } from '../signing-key.ts';
import type { VerifyReport } from '../verify/finding.ts';
import { readCopies } from '../verify/read-copies.ts';
import { verify } from '../verify/verify.ts';
import { type Call, Problem } from './call.ts';

/** 0: clean; 1: there are findings. */
export async function runVerify({ store, config, values }: Call): Promise<number> {
  const own = ownPublicKey(config);
  const keys: KeyObject[] = [
    ...(own === undefined ? [] : [own]),
    ...(values['public-key'] ?? []).map(publicKeyIn),
  ];
  if (keys.length === 0 && (await store.checkpoints.last()) !== undefined) {
    throw new Problem(
      'there is no key to check the seals with: set AUDIT_SIGNING_KEY, or name one with --public-key',
    );
  }
  const copies = values.checkpoints === undefined ? undefined : readCopies(values.checkpoints);
  const report = await verify(store, { keys, ...(copies && { copies }) });
  if (values.json) console.log(JSON.stringify({ store: store.name, ...report }, null, 2));
  else printReport(store.name, report);
  return report.findings.length === 0 ? 0 : 1;
}

function publicKeyIn(file: string): KeyObject {
  try {
    return createPublicKey(readFileSync(file));
  } catch (error) {
    throw new Problem(`${file} is no public key: ${(error as Error).message}`);
  }
}

function printReport(name: string, report: VerifyReport): void {
  const { findings, notes, events, chains, sessions, checkpoints, duplicates, late } = report;
  console.log(`${name}: ${events} events of ${sessions} sessions in ${chains} chains, ${checkpoints} seals`);
  if (duplicates > 0) console.log(`  ${duplicates} events are there more than once, which is harmless`);
  if (late > 0) console.log(`  ${late} events came after their session had ended or moved`);
  for (const { kind, where, detail } of notes) console.log(`  note   ${kind} ${where}: ${detail}`);
  for (const { kind, where, session, epoch, seq, detail } of findings) {
    const place = session === undefined ? '' : ` session ${session}, epoch ${epoch}, seq ${seq}:`;
    console.log(`  FOUND  ${kind} ${where}:${place} ${detail}`);
  }
  console.log(findings.length === 0 ? 'clean' : `${findings.length} findings`);
}
