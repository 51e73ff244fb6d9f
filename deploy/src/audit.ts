// `npm run audit -- verify|show|search|export|replay|erase …`: reads the audit trail, plays a recorded call again, and
// erases a person from it.
import { runOperatorProgram } from './operator-program.ts';
import { runReplay } from './replay/command.ts';

const [what, ...rest] = process.argv.slice(2);
if (what === 'replay') process.exit(await runReplay(rest));
runOperatorProgram('worker/recorder/audit/command/audit-command.ts', process.argv.slice(2));
