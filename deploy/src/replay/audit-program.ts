import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Told, toldTypes } from '@vjj/shared/evidence/recorded-call.ts';
import { inProject } from '../project.ts';

const program = 'worker/recorder/audit/command/audit-command.ts';
const mostOutputBytes = 512 * 1024 * 1024;
const run = promisify(execFile);

/** What the audit program writes to its output, and its remarks. @throws with what it says when it fails */
export async function auditOutput(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ output: string; remarks: string }> {
  try {
    const { stdout, stderr } = await run(process.execPath, [inProject(program), ...args], {
      env,
      maxBuffer: mostOutputBytes,
    });
    return { output: stdout, remarks: stderr };
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(stderr?.trim() || (error as Error).message);
  }
}

/** What each session did that has ended in the trail. */
export async function toldBySession(env: NodeJS.ProcessEnv): Promise<Map<string, Told[]>> {
  const { output } = await auditOutput(['export', '--format', 'json'], env);
  const events = JSON.parse(output) as {
    session: string;
    type: string;
    epoch: number;
    seq: number;
    payload: Record<string, unknown>;
    personal?: { text?: string };
  }[];
  const told = new Map<string, Told[]>();
  for (const { session, type, payload } of events) {
    if (type === 'session.ended' && payload.reason !== 'moved') told.set(session, []);
  }
  for (const { session, type, payload, personal } of events.toSorted(
    (a, b) => a.epoch - b.epoch || a.seq - b.seq,
  )) {
    if (!toldTypes.has(type)) continue;
    told.get(session)?.push({
      is: 'told',
      type,
      payload,
      ...(personal?.text !== undefined && { text: personal.text }),
    });
  }
  return told;
}
