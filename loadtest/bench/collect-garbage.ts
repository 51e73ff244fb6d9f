// Preloaded (`--import`) into the processes whose memory is measured: SIGWINCH, which means nothing to a server, collects
// all garbage. What is resident after that is in use.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
process.on('SIGWINCH', () => {
  collect();
  collect(); // what the first one let go
});
