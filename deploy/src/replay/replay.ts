import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { RecordedCall, Told } from '@vjj/shared/evidence/recorded-call.ts';
import { variableDocs } from '@vjj/shared/variable-docs.ts';
import { inProject } from '../project.ts';
import { shortTempFolder } from '../temp-folder.ts';
import { startTestbed, type Testbed } from '../testbed.ts';
import { waitFor } from '../wait-for.ts';
import { toldBySession } from './audit-program.ts';
import { callerSteps } from './caller-steps.ts';
import { type Difference, decisionsOf, differences, heardIn, lanesOf } from './differences.ts';
import { ReplayCaller } from './replay-caller.ts';
import { tapeLines } from './tape.ts';

/** How a replay of one call went. */
export interface ReplayReport {
  session: string;
  /** Of the replay. */
  replayedAs: string;
  same: boolean;
  /** What was compared, as recorded. */
  compared: { lanes: number; decisions: number; heard: number };
  differences: Difference[];
  /** What was waited for in vain, and other things to know. */
  remarks: string[];
}

export interface ReplayOptions {
  agentsDir: string;
  /** Variables that stand in place of those the call was recorded with. */
  settings: Record<string, string>;
  /** Tools of agents are really called. */
  withTools: boolean;
}

/** Its evidence goes to the recorder four times a second, unless the machine has much to do. */
const storedLimitMs = 60_000;
const linesLimitMs = 60_000;

/**
 * Plays recorded calls, one after the other, against gateways, workers and a recorder of the settings they were recorded
 * with; the voice service is the emulator, which says what was said then.
 * @throws when a cluster cannot be started, or takes no call
 */
export async function replayCalls(
  calls: readonly RecordedCall[],
  options: ReplayOptions,
  onReports: (reports: readonly ReplayReport[]) => void = () => undefined,
): Promise<ReplayReport[]> {
  const bySettings = new Map<string, RecordedCall[]>();
  for (const call of calls) {
    const name = JSON.stringify(settingsOf(call, options.settings).settings);
    bySettings.set(name, [...(bySettings.get(name) ?? []), call]);
  }
  const reports = new Map<RecordedCall, ReplayReport>();
  for (const alike of bySettings.values()) {
    const { settings, unknown } = settingsOf(alike[0]!, options.settings);
    // A call that moves needs somebody to move to.
    const workers = alike.some(({ steps }) => steps.some(({ is }) => is === 'moved')) ? 2 : 1;
    const { bed, env, close } = await stage(settings, workers, options);
    try {
      const runs: Run[] = [];
      for (const call of alike) runs.push(await play(call, bed));
      const told = await toldInTrail(runs, env);
      for (const [at, call] of alike.entries()) {
        const report = reportOn(call, runs[at]!, told);
        report.remarks.unshift(...unknown.map((name) => `${name} is not a setting any more`));
        reports.set(call, report);
      }
      onReports(alike.map((call) => reports.get(call)!));
    } finally {
      await close();
    }
  }
  return calls.map((call) => reports.get(call)!);
}

/** The settings of the recording, as far as there still are such. */
function settingsOf({ head }: RecordedCall, instead: Record<string, string>) {
  const known = new Set<string>(variableDocs().map(({ name }) => name));
  const given = Object.entries(head.settings);
  const settings = Object.fromEntries(given.filter(([name]) => known.has(name)));
  const unknown = given.map(([name]) => name).filter((name) => !known.has(name));
  return { settings: { ...settings, ...instead }, unknown };
}

/** A cluster for calls of one setting. */
interface Stage {
  bed: Testbed;
  /** With which the audit program finds its trail. */
  env: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

async function stage(
  settings: Record<string, string>,
  workers: number,
  { agentsDir, withTools }: ReplayOptions,
): Promise<Stage> {
  const folder = shortTempFolder();
  const secrets = {
    AUDIT_MASTER_KEY: randomBytes(32).toString('base64'),
    IDENTITY_SECRET: randomBytes(32).toString('base64'),
    AUDIT_DIR: join(folder, 'audit'),
    LOCAL_KEY_DIR: join(folder, 'keys'),
  };
  const { TOOL_ALLOWED_HOSTS = '', TOOL_SECRETS_FILE = '' } = process.env;
  const bed = await startTestbed({
    workers,
    recorders: 1,
    env: {
      AGENTS_DIR: agentsDir,
      ...(withTools && { TOOL_ALLOWED_HOSTS, TOOL_SECRETS_FILE }),
      ...settings,
      ...secrets,
      // Connections are the calls' own: the tape has no others.
      WARM_POOL_MIN: '0',
      WARM_POOL_MAX: '0',
      ENABLE_PERSISTENT_MEMORY: 'false',
      VOICE_CACHE_DIR: join(folder, 'voice'),
      LOG_LEVEL: 'warn',
    },
  });
  const close = async () => {
    await bed.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitFor('the ready-made lines of the agents', () => linesSpoken(bed), { limitMs: linesLimitMs });
  } catch (error) {
    await close();
    throw error;
  }
  return { bed, env: { PATH: process.env.PATH, ...secrets }, close };
}

/** Acknowledgements and safe lines can be played; before that a call would go without. */
async function linesSpoken(bed: Testbed): Promise<true | undefined> {
  const { workers } = await bed.registry();
  for (const { admin } of workers) {
    const metrics = await (await fetch(`http://${admin}/metrics`)).text();
    if (!metrics.includes('\nvjj_phrases_missing 0\n')) return undefined;
  }
  return true;
}

/** A call that was played. */
interface Run {
  session: string;
  remarks: string[];
}

async function play(call: RecordedCall, bed: Testbed): Promise<Run> {
  const tape = `${bed.emulatorUrl}/emulator/tape`;
  const loaded = await fetch(tape, {
    method: 'PUT',
    body: Readable.toWeb(Readable.from(tapeLines(call.steps))) as ReadableStream<Uint8Array>,
    duplex: 'half',
  } as RequestInit);
  if (!loaded.ok) throw new Error(`the emulator does not take the tape: ${await loaded.text()}`);
  const tapeState = async () => (await (await fetch(tape)).json()) as TapeState;
  const caller = new ReplayCaller(bed.wsUrl, {
    onMove: (worker, how) => makeLeave(bed, worker, how),
    onServiceEnds: async () => {
      await fetch(`${tape}/on`, { method: 'POST' });
    },
    connections: async () => (await tapeState()).connections.filter(({ isTaken }) => isTaken).length,
  });
  const { session, missed } = await caller.play(call.head.start, callerSteps(call.steps));
  const state = await tapeState();
  return { session, remarks: [...missed.map((what) => `waited in vain for ${what}`), ...remarksOn(state)] };
}

/** What the calls that were played did, once all of it is in the trail. */
function toldInTrail(runs: readonly Run[], env: NodeJS.ProcessEnv): Promise<Map<string, Told[]>> {
  return waitFor(
    'the end of the calls in the audit trail',
    async () => {
      const told = await toldBySession(env);
      return runs.every(({ session }) => told.has(session)) ? told : undefined;
    },
    { limitMs: storedLimitMs, everyMs: 500 },
  );
}

function reportOn(call: RecordedCall, { session, remarks }: Run, told: Map<string, Told[]>): ReplayReport {
  const found = differences(call.told, told.get(session) ?? []);
  return {
    session: call.head.session,
    replayedAs: session,
    same: found.length === 0,
    compared: {
      lanes: lanesOf(call.told).length,
      decisions: decisionsOf(call.told).length,
      heard: heardIn(call.told).length,
    },
    differences: found,
    remarks: [...remarks],
  };
}

interface TapeState {
  surplus: number;
  connections: { isTaken: boolean; steps: number; served: number; missed: string[] }[];
}

function remarksOn({ connections, surplus }: TapeState): string[] {
  const remarks: string[] = [];
  for (const [at, { isTaken, missed }] of connections.entries()) {
    const name = `connection ${at + 1} to the voice service`;
    if (!isTaken) remarks.push(`${name} was not opened again`);
    for (const what of missed) remarks.push(`${name}: it was not asked again for ${what}`);
  }
  if (surplus > 0) remarks.push(`${surplus} connections to the voice service more than were recorded`);
  return remarks;
}

async function makeLeave(bed: Testbed, worker: string, how: 'kill' | 'drain'): Promise<void> {
  const { workers } = await bed.registry();
  const pid = workers.find(({ id }) => id === worker)?.pid;
  if (pid !== undefined) process.kill(pid, how === 'kill' ? 'SIGKILL' : 'SIGTERM');
}

/** Where the agents of this installation are. */
export const usualAgentsDir = (): string => process.env.AGENTS_DIR ?? inProject('agents');
