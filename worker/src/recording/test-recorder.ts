// Records so many pieces of 16 KiB into a file, and prints what it says was recorded.
import { CallRecording } from './call-recording.ts';
import { RecordingFile } from './recording-file.ts';

const [path = '', pieces = '0', maxBytes = '1e9'] = process.argv.slice(2);
const file = new RecordingFile(path, (reason) => recording.stop(reason));
const recording: CallRecording = new CallRecording({
  head: {
    ...{ v: 1, kind: 'recording', what: 'audio', session: 's', epoch: 1 },
    ...{ tenant: 'default', user: 'anon:s', startedAt: 0 },
  },
  key: Buffer.alloc(32, 7),
  file,
  maxBytes: Number(maxBytes),
  settings: {},
  version: 'test',
  onEnded: () => undefined,
});
for (let n = 0; n < Number(pieces); n++) {
  recording.callerAudio(Buffer.alloc(16 * 1024), n);
  recording.beat(Number.POSITIVE_INFINITY);
  await new Promise((resolve) => setTimeout(resolve, 1));
}
const recorded = recording.close('caller');
await file.finish();
console.log(JSON.stringify(recorded));
