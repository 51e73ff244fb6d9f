import { blockBytes, giveBackBlock, takeBlock } from '@vjj/shared/blocks.ts';
import type { WebSocket } from 'ws';

const head = Buffer.from('{"type":"input_audio_buffer.append","audio":"');
const tail = Buffer.from('"}');
const asText = { binary: false };

/** A shorter event has memory of its own: many that wait for a slow service would hold a block each. */
const worthABlock = blockBytes / 4;

/**
 * Sends the voice service the event that gives it audio. Put together by hand because it is the most frequent there is,
 * and base64 needs no escaping.
 * @param base64 in ASCII, good until the call returns
 */
export function sendAudio(socket: WebSocket, base64: Buffer): void {
  const length = head.length + base64.length + tail.length;
  const isInBlock = length >= worthABlock && length <= blockBytes;
  const memory = isInBlock ? takeBlock() : Buffer.allocUnsafe(length);
  memory.set(head);
  memory.set(base64, head.length);
  memory.set(tail, head.length + base64.length);
  // The socket may keep it until there is room on the way.
  socket.send(memory.subarray(0, length), asText, () => {
    if (isInBlock) giveBackBlock(memory);
  });
}
