// `npm run audit -- verify|show|search|export|replay|erase …`: reads the audit trail, plays a recorded call again, and
// erases a person from it.
import { operatorCommand, runOperatorProgram } from './operator-program.ts';
import { runReplay } from './replay/command.ts';

const command = operatorCommand(process.argv.slice(2));
const [what, ...rest] = command.args;
if (what === 'replay') process.exit(await runReplay(rest, command.env));
runOperatorProgram('worker/recorder/audit/command/audit-command.ts', command);
