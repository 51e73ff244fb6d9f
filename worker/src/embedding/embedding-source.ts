/** Where embeddings are made: never on an event loop that has calls, since each takes 10–20 ms of CPU. */
export interface EmbeddingSource {
  /**
   * @param until Unix ms after which nobody waits any more; undefined: somebody always does, and lets others go first
   * @returns of length 1; undefined: too late
   * @throws when it cannot be made
   */
  encode(text: string, until: number | undefined): Promise<Float32Array | undefined>;
  close(): void;
}

/** What is asked of a thread, or of the primary that has one; both are on this machine, and have its clock. */
export interface EmbeddingRequest {
  type: 'embed';
  id: number;
  text: string;
  until: number | undefined;
}

export interface EmbeddingAnswer {
  type: 'embedding';
  id: number;
  vector?: Float32Array | undefined;
  /** Why there never will be one. */
  error?: string;
}
