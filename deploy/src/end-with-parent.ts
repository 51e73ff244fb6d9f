/**
 * Calls `end` when the process that started this one is gone: its channel closes, however it died.
 * Does nothing for a program that was started without a channel, by hand.
 */
export function endWithParent(end: () => void): void {
  if (!process.connected) return;
  process.once('disconnect', end);
  // The channel alone must not keep this process alive when its work is done.
  process.channel?.unref();
}
