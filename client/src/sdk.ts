/**
 * What other sites import from a gateway, as `/sdk.js`: the call, the loudspeaker it is played on, and the microphone.
 * A file of its own name, which does not change; what it imports has its hash in the name.
 */
export { Capture, MicrophoneError, type MicrophoneProblem } from './audio/capture.ts';
export { ChunkBatch } from './audio/chunk-batch.ts';
export { playCall } from './audio/play-call.ts';
export { Playback, type PlaybackEvents } from './audio/playback.ts';
export type { SpeechFrame } from './audio/speech-framer.ts';
export { Call, type CallOptions, type StartOptions } from './sdk/call.ts';
export type { CallEnd, CallEvents, CallState } from './sdk/call-events.ts';
