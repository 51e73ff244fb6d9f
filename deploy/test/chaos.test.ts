import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inProject } from '../src/project.ts';
import { runProgram } from '../src/run-program.ts';
import { scratchFolder } from './scratch.ts';

it('a short run of chaos finds nothing lost, nothing owned twice, nothing missing and nothing left', {
  timeout: 180_000,
}, async () => {
  const json = join(scratchFolder(), 'out.json');
  const faults = ['worker-kill', 'gateway-kill', 'redis-kill', 'provider-drop'];
  const { code, output } = await runProgram(process.execPath, [
    inProject('deploy/src/chaos.ts'),
    ...['--seconds', '1', '--calls', '8', '--seed', '7', '--faults', faults.join(','), '--json', json],
  ]);
  // 1: a promise was not kept, of which those about time are no matter on a machine that is busy with tests.
  expect(code, output).toBeLessThan(2);
  const report = JSON.parse(readFileSync(json, 'utf8'));
  const broken = report.broken.filter(({ isAboutTime }: { isAboutTime: boolean }) => !isAboutTime);
  expect(broken, JSON.stringify(report, null, 2)).toEqual([]);
  expect(report).toMatchObject({
    seed: 7,
    calls: 8,
    doubleOwners: 0,
    auditMissing: 0,
    auditDoubled: 0,
    leaks: 0,
  });
  expect(report.faults.map(({ kind }: { kind: string }) => kind).toSorted()).toEqual(faults.toSorted());
  const of = (kind: string) => report.faults.find((fault: { kind: string }) => fault.kind === kind);
  // Each of them really struck somebody, and callers spoke and were answered meanwhile.
  expect(report.faults.map(({ callsLive }: { callsLive: number }) => callsLive)).toEqual([8, 8, 8, 8]);
  expect(of('worker-kill').callsMoved).toBeGreaterThan(0);
  expect(of('gateway-kill').socketsDropped).toBeGreaterThan(0);
  expect(report.faults.reduce((sum: number, { turns }: { turns: number }) => sum + turns, 0)).toBeGreaterThan(
    8,
  );
});

it('a fault that does not exist is refused with those that do', async () => {
  const { code, output } = await runProgram(process.execPath, [
    inProject('deploy/src/chaos.ts'),
    ...['--faults', 'meteorite'],
  ]);
  expect({ code, output }).toMatchObject({ code: 2, output: expect.stringContaining('«meteorite»') });
});
