// `npm run queues -- list|failed|retry|drop …`: what waits for the recorders, and what they could not do.
import { operatorCommand, runOperatorProgram } from './operator-program.ts';

runOperatorProgram('worker/recorder/queues-command.ts', operatorCommand(process.argv.slice(2)));
