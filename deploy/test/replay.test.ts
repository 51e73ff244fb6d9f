import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRecordedCall, type RecordedCall } from '@vjj/shared/evidence/recorded-call.ts';
import { expect, it } from 'vitest';
import { reportText } from '../src/replay/command.ts';
import { replayCalls } from '../src/replay/replay.ts';
import { testAgents } from './test-agents.ts';

const folder = join(import.meta.dirname, 'calls');
const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
const callIn = (name: string) => parseRecordedCall(readFileSync(join(folder, name), 'utf8'));

/** The same call, in which the voice service says something that may be said. */
function harmless({ steps, ...call }: RecordedCall): RecordedCall {
  const kind = (event: string) => event.replaceAll('bomb', 'lamp');
  return {
    ...call,
    steps: steps.map((step) => (step.is === 'received' ? { ...step, event: kind(step.event) } : step)),
  };
}

it('recorded calls go as they went, whatever befell them; one in which the service says something else does not', async () => {
  const calls = names.map(callIn);
  const changed = harmless(callIn('stopped-answer.jsonl'));
  const reports = await replayCalls([...calls, changed], {
    agentsDir: testAgents,
    settings: {},
    withTools: false,
  });
  const other = reports.pop()!;
  expect(reports.map(reportText).filter((text) => !text.includes(': the same'))).toEqual([]);
  expect(reports.flatMap(({ remarks }) => remarks)).toEqual([]);
  expect(Math.min(...reports.map(({ compared }) => Math.min(...Object.values(compared))))).toBeGreaterThan(0);
  expect(other.same).toBe(false);
  expect(new Set(other.differences.map(({ what }) => what))).toEqual(
    new Set(['lanes', 'decisions', 'heard']),
  );
  expect(reportText(other)).toContain('cancel_output');
}, 180_000);
