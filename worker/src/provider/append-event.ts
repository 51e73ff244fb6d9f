import { blockBytes, giveBackBlock, takeBlock } from '@vjj/shared/blocks.ts';
import type { WebSocket } from 'ws';

const head = Buffer.from('{"type":"input_audio_buffer.append","audio":"');
const tail = Buffer.from('"}');
const asText = { binary: false };

/**
 * Sends the voice service the event that gives it audio. Put together by hand because it is the most frequent there is,
 * and base64 needs no escaping.
 * @param base64 in ASCII, good until the call returns
 */
export function sendAudio(socket: WebSocket, base64: Buffer): void {
  const length = head.length + base64.length + tail.length;
  const block = length <= blockBytes ? takeBlock() : Buffer.allocUnsafe(length);
  block.set(head);
  block.set(base64, head.length);
  block.set(tail, head.length + base64.length);
  // The socket may keep it until there is room on the way.
  socket.send(block.subarray(0, length), asText, () => {
    if (block.length === blockBytes) giveBackBlock(block);
  });
}
