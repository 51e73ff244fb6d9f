// `npm run memory -- show|forget …`: what is kept of a caller.
import { runOperatorProgram } from './operator-program.ts';

runOperatorProgram('worker/src/memory/command.ts', process.argv.slice(2));
