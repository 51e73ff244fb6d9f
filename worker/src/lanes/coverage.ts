/** No voice speaks faster than 25 characters a second; so many judged characters cover so much audio at least. */
const msPerCharacter = 40;
/** Words may come up to this long after their sound began to arrive. */
const wordsLagMs = 200;

/**
 * How much of an answer's audio is certainly covered by words that were judged, in ms.
 *
 * Transcript deltas carry no word times and are not one to one with audio, so the estimate errs on the safe
 * side twice: by the audio that had come when the newest judged words did, and by how fast anyone can speak.
 */
export function coveredMs(receivedBeforeMs: number, judgedCharacters: number): number {
  return Math.max(0, Math.min(receivedBeforeMs, judgedCharacters * msPerCharacter) - wordsLagMs);
}
