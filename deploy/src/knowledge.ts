// `npm run knowledge -- add|list|remove …`: what agents know, changed while calls run.
import { operatorCommand, runOperatorProgram } from './operator-program.ts';

runOperatorProgram('worker/src/knowledge/command.ts', operatorCommand(process.argv.slice(2)));
