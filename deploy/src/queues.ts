// `npm run queues -- list|failed|retry|drop …`: what waits for the recorders, and what they could not do.
import { runOperatorProgram } from './operator-program.ts';

runOperatorProgram('worker/recorder/queues-command.ts', process.argv.slice(2));
