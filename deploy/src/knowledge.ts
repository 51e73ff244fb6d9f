// `npm run knowledge -- add|list|remove …`: what agents know, changed while calls run.
import { runOperatorProgram } from './operator-program.ts';

runOperatorProgram('worker/src/knowledge/command.ts', process.argv.slice(2));
