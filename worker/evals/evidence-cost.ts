// `evidence-cost.ts [--events 20000] [--json out.json]`: what handing over evidence costs a call's event loop.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createLog } from '@vjj/shared/log.ts';
import { CallEvidence } from '../src/evidence/call-evidence.ts';
import { Chain } from '../src/evidence/chain.ts';
import { Spill } from '../src/evidence/spill.ts';
import { SpillFolder } from '../src/evidence/spill-folder.ts';
import { masked } from '../src/policy/personal-data/find-personal-data.ts';

const { values } = parseArgs({
  allowPositionals: true,
  options: { events: { type: 'string', default: '20000' }, json: { type: 'string' } },
});
const count = Number(values.events);
const calls = 200;
/** So many events come in one turn of the event loop, and are written with one call. */
const perTurn = 4;

const said =
  'I moved last month, so please send it to 14 Oak Street in Springfield, and if nobody is there call me on 415 555 0142. My name is Maria Lopez, by the way, and the order is the one from last Tuesday.';
const verdict = { decision: 'refuse', reasonCodes: ['MODERATION:HATE'], rules: ['hate.1'], severity: 3 };

const texts = Array.from({ length: 500 }, (_, n) => `${said} It is about number ${n}.`);

/** What one turn of a call leaves, in the shares in which it does. */
const turn: [string, (call: CallEvidence, text: string) => void][] = [
  ['user.transcript', (call, text) => call.userSaid(text, 'spoken')],
  ['checks', (call) => call.judged('user', verdict, 0.2)],
  ['policy.decision', (call) => call.decided('user', verdict)],
  ['lane.changed', (call) => call.laneChanged('LISTENING', 'B_RESPONDING', 'userTurnEnded')],
  ['lane.changed', (call) => call.laneChanged('B_RESPONDING', 'A_PLAYING', 'reflexDue')],
  ['lane.changed', (call) => call.laneChanged('A_PLAYING', 'B_PLAYING', 'firstAudio')],
  ['checks', (call) => call.judged('assistant', verdict, 0.2)],
  ['policy.decision', (call) => call.decided('assistant', verdict)],
  ['assistant.transcript', (call, text) => call.released('B', text, text, 9000)],
  ['response.timing', (call) => call.timed(240, 410, 5100)],
  ['lane.changed', (call) => call.laneChanged('B_PLAYING', 'LISTENING', 'answerEnded')],
];

const root = mkdtempSync(join(tmpdir(), 'evidence-cost-'));
try {
  const spill = new Spill({ folder: new SpillFolder(root), log: createLog('evals', 'warn') });
  const append = (line: string) => spill.append(line);
  const key = Buffer.alloc(32, 7);
  const all = Array.from({ length: calls }, (_, n) => {
    const session = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    const identity = { session, tenant: 'default', user: `anon:${session}`, agent: 'default', epoch: 1 };
    return new CallEvidence(new Chain(identity, key), append);
  });
  const names = [...new Set(turn.map(([name]) => name))];
  const times: Record<string, number[]> = Object.fromEntries(
    [...names, 'of which masking', 'flush'].map((name) => [name, []]),
  );
  const timed = (name: string, run: () => void) => {
    const start = process.hrtime.bigint();
    run();
    times[name]!.push(Number(process.hrtime.bigint() - start) / 1000);
  };
  const warmUp = 4000;
  let cpuBefore = process.cpuUsage();
  for (let i = 0; i < count + warmUp; i++) {
    if (i === warmUp) {
      for (const list of Object.values(times)) list.length = 0;
      cpuBefore = process.cpuUsage();
    }
    const [name, hand] = turn[i % turn.length]!;
    const text = texts[i % texts.length]!;
    timed(name, () => hand(all[i % calls]!, text));
    if (i % perTurn === perTurn - 1) timed('flush', spill.flush);
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  spill.close();
  for (const text of texts) timed('of which masking', () => masked(text));
  const handed = names.flatMap((name) => times[name]!);
  const report = {
    machine: cpus()[0]?.model,
    events: count,
    /** Also true on a busy machine, where the times below hold what others took. */
    cpuMicrosPerEvent: Math.round(((user + system) / count) * 10) / 10,
    micros: {
      event: percentiles(handed),
      ...Object.fromEntries(names.map((name) => [name, percentiles(times[name]!)])),
      'of a transcript, masking': percentiles(times['of which masking']!),
      [`write of ${perTurn} events`]: percentiles(times.flush!),
    },
  };
  const text = JSON.stringify(report, null, 2);
  if (values.json !== undefined) writeFileSync(values.json, `${text}\n`);
  console.log(text);
} finally {
  rmSync(root, { recursive: true, force: true });
}

function percentiles(micros: readonly number[]): { p50: number; p95: number; p99: number } {
  const sorted = micros.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round((sorted[Math.floor((sorted.length - 1) * share)] ?? 0) * 10) / 10;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
