// Preloaded (`--import`) into the processes whose memory is measured: SIGWINCH, which means nothing to a server, collects
// all garbage and gives back what is empty then, the room for young objects too: that grows with a burst, to a bound of the
// process, and says nothing of what a session holds.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: {
  type: string;
  execution: string;
  flavor: string;
}) => void;
process.on('SIGWINCH', () => collect({ type: 'major', execution: 'sync', flavor: 'last-resort' }));
