/** What an audio worklet's global scope adds; TypeScript's DOM library does not have it. */
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
  abstract process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
/** Of the AudioContext, in Hz. */
declare const sampleRate: number;
/** Where the block that is processed begins, by the clock of the AudioContext, in samples; it may be one before. */
declare const currentFrame: number;
