import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseRecordedCall, type RecordedCall } from '@vjj/shared/evidence/recorded-call.ts';
import { endWithParent } from '../end-with-parent.ts';
import { actsOn } from '../operator-program.ts';
import { redisPackage } from '../redis-server.ts';
import { requirePrograms } from '../system-package.ts';
import { auditOutput } from './audit-program.ts';
import { type ReplayReport, replayCalls, usualAgentsDir } from './replay.ts';

const help = `npm run audit -- replay <session | file>…

  Plays recorded calls (RECORD_CALLS) at their own pace against gateways and workers of this checkout. The voice service
  is the emulator, which says what the service said then, faults included. Tells where changes of lane, decisions of
  the policy, or what was heard differ. A file is what \`export --format call\` writes.

  --set NAME=value   a setting other than the call was recorded with; may be repeated
  --agents <folder>  other agents than AGENTS_DIR
  --with-tools       calls the tools of agents, for real (TOOL_ALLOWED_HOSTS); otherwise agents must not have any
  --json             for programs

  It exits with 0: the same; 1: something differs; 2: it could not run.`;

/** @returns the exit code */
export async function runReplay(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  try {
    return await replayed(args, env);
  } catch (error) {
    console.error((error as Error).message);
    return 2;
  }
}

async function replayed(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      set: { type: 'string', multiple: true },
      agents: { type: 'string' },
      'with-tools': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || positionals.length === 0) {
    console.log(help);
    return values.help ? 0 : 2;
  }
  console.error(actsOn(env));
  const calls: RecordedCall[] = [];
  for (const name of positionals) calls.push(await callOf(name, env));
  await requirePrograms(redisPackage);
  // What was started is tied to this process, and goes with it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(2));
  endWithParent(() => process.exit(2));
  const reports = await replayCalls(
    calls,
    {
      agentsDir: values.agents ?? env.AGENTS_DIR ?? usualAgentsDir(),
      settings: Object.fromEntries((values.set ?? []).map(setting)),
      withTools: values['with-tools'],
    },
    values.json
      ? undefined
      : (done) => {
          for (const report of done) console.log(reportText(report));
        },
  );
  const same = reports.every((report) => report.same);
  if (values.json) console.log(JSON.stringify({ same, calls: reports }, null, 2));
  return same ? 0 : 1;
}

/** @throws naming the file and the line that is wrong, or why nothing can be had of the session */
async function callOf(name: string, env: NodeJS.ProcessEnv): Promise<RecordedCall> {
  if (existsSync(name)) return parsed(readFileSync(name, 'utf8'), name);
  const { output, remarks } = await auditOutput(['export', '--session', name, '--format', 'call'], env);
  if (remarks !== '') console.error(remarks.trimEnd());
  return parsed(output, name);
}

function parsed(text: string, name: string): RecordedCall {
  try {
    return parseRecordedCall(text);
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`);
  }
}

function setting(given: string): [string, string] {
  const at = given.indexOf('=');
  if (at < 1) throw new Error(`--set is NAME=value, not "${given}"`);
  return [given.slice(0, at), given.slice(at + 1)];
}

/** As a person reads it. */
export function reportText({ session, same, compared, differences, remarks }: ReplayReport): string {
  const { lanes, decisions, heard } = compared;
  const lines = [
    `${session}: ${same ? 'the same' : `${differences.length} differences`} (${lanes} changes of lane, ${decisions} decisions, ${heard} lines heard)`,
  ];
  for (const { what, recorded, replayed } of differences) {
    lines.push(
      `  ${what.padEnd(10)} recorded  ${recorded ?? '(nothing)'}`,
      `  ${''.padEnd(10)} replayed  ${replayed ?? '(nothing)'}`,
    );
  }
  for (const remark of remarks) lines.push(`  note       ${remark}`);
  return lines.join('\n');
}
