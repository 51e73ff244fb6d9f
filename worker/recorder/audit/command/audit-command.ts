import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ConfigError, readConfig } from '@vjj/shared/config.ts';
import { openStore } from '../open-store.ts';
import { type Call, options, Problem } from './call.ts';
import { runErase } from './erase-command.ts';
import { runExport } from './export-command.ts';
import { runSearch } from './search-command.ts';
import { runShow } from './show-command.ts';
import { runVerify } from './verify-command.ts';

const help = `npm run audit -- <what>

  verify              reads everything and says what is not as it was written, and where
      --checkpoints <folder>   holds the seals against copies kept elsewhere
      --public-key <file>      PEM of a key that may have sealed, besides the one here; may be repeated
  show <session>      a call as it went, across its moves
  search              events by --from --to (ISO times), --user, --tenant, --session, --type, --decision,
                      --reason, --text; --limit (1000)
  export              the same, or --session <id>, as --format json|csv|html, to --out <file>
      --format wav   both voices of a --session (STORE_RAW_AUDIO, RECORD_CALLS): the caller left, what was
                     heard of the agent right
      --format call  all that was recorded of it (RECORD_CALLS), in the clear, to be played again elsewhere
  replay <session | file>…   plays recorded calls against the emulator and says what goes another way
  erase <user>        destroys the keys of what a person said and removes recordings, memory and vectors;
                      <user> is a person id (p_…, anon:…), or a fingerprint with its --tenant (default)

  --json              for programs
  --without-words     leaves what people said sealed
  --data <folder>     the trail of the start that keeps its data there

It exits with 0; 1 when verify has findings, a replay differs, nothing was found, or memory could not be told; 2 when it could not run.
It reads AUDIT_DIR or AUDIT_DATABASE_URL, or asks the cluster that \`npm start\` runs on this machine.`;

const commands: Readonly<Record<string, (call: Call) => Promise<number>>> = {
  verify: runVerify,
  show: runShow,
  search: runSearch,
  export: runExport,
  erase: runErase,
};

/** A reader that ends early (`| head`) is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const exitCode = await run().catch((error: unknown) => {
  const { message, code } = error as NodeJS.ErrnoException;
  const isOurs = error instanceof Problem || error instanceof ConfigError || code !== undefined;
  console.error(isOurs ? message || code : error);
  return 2;
});
process.stdout.write('', () => process.exit(exitCode));

async function run(): Promise<number> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options });
  const [what, argument] = positionals;
  if (values.help || what === undefined) {
    console.log(help);
    return values.help ? 0 : 2;
  }
  const command = commands[what];
  if (command === undefined) throw new Problem(`there is no "${what}"\n\n${help}`);
  const config = readConfig({ LINK_SECRET: 'not needed for this', ...process.env });
  if (config.AUDIT_DATABASE_URL === '' && !existsSync(config.AUDIT_DIR)) {
    throw new Problem(
      `there is no audit trail in ${config.AUDIT_DIR}; is it AUDIT_DIR, or AUDIT_DATABASE_URL?`,
    );
  }
  const store = await openStore(config);
  try {
    await store.reach();
    return await command({ store, config, values, argument });
  } finally {
    await store.close();
  }
}
