// A process that tells somebody things, each of which stands in its spill before: `node test-speaker.ts <root> <port>`.
import { connect } from 'node:net';
import { LinkConnection } from '@vjj/shared/link/connection.ts';
import { FrameKind } from '@vjj/shared/link/frames.ts';
import { createLog } from '@vjj/shared/log.ts';
import { Spill } from './spill.ts';
import { SpillFolder } from './spill-folder.ts';

const [root, port] = process.argv.slice(2);
const folder = new SpillFolder(root!);
const spill = new Spill({ folder, log: createLog('test', 'silent'), segmentBytes: 64 * 1024 });
const link = new LinkConnection(
  connect(Number(port), '127.0.0.1'),
  () => undefined,
  () => process.exit(0),
  { beforeWrite: spill.flush },
);
/** Some turns of the event loop fill more than one slab of the link, so that frames leave in the midst of them. */
const told = 'x'.repeat(6 * 1024);
let number = 0;
const turn = () => {
  if (link.queuedBytes < 1024 * 1024) {
    for (let i = Math.random() * 25; i > 0; i--) {
      number++;
      spill.append(JSON.stringify({ number, pad: told.slice(0, 200) }));
      link.send(FrameKind.text, 1, number, told);
    }
  }
  setTimeout(turn, Math.random() * 2);
};
turn();
