// Preloaded (`--import`) into the processes of a profiled system: SIGUSR2 begins a CPU profile, the next one writes it
// to $PROFILE_DIR/<pid>.cpuprofile. So it holds what was measured, and neither start nor warm-up.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';

const folder = process.env.PROFILE_DIR;
const session = new Session();
let isOn = false;

if (folder !== undefined) {
  process.on('SIGUSR2', () => {
    if (!isOn) {
      session.connect();
      session.post('Profiler.enable');
      session.post('Profiler.setSamplingInterval', { interval: 500 });
      session.post('Profiler.start');
    } else {
      session.post('Profiler.stop', (_error, { profile }) =>
        writeFileSync(join(folder, `${process.pid}.cpuprofile`), JSON.stringify(profile)),
      );
      session.disconnect();
    }
    isOn = !isOn;
  });
}
