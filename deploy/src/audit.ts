// `npm run audit -- verify|show|search|export|erase …`: reads the audit trail, and erases a person from it.
import { runOperatorProgram } from './operator-program.ts';

runOperatorProgram('worker/recorder/audit/command/audit-command.ts', process.argv.slice(2));
