// `npm run memory -- show|forget …`: what is kept of a caller.
import { operatorCommand, runOperatorProgram } from './operator-program.ts';

runOperatorProgram('worker/src/memory/command.ts', operatorCommand(process.argv.slice(2)));
