import { expect, it } from 'vitest';
import { shipsChroma } from './chroma-server.ts';
import { startSettings } from './start-settings.ts';

it.runIf(shipsChroma())(
  'starts Chroma for knowledge and for memory, and for neither of them not',
  async () => {
    const isStarted = async (rag: string, memory: string) =>
      (await startSettings({ ENABLE_RAG: rag, ENABLE_PERSISTENT_MEMORY: memory })).chroma;
    expect(await isStarted('true', 'false')).toBe(true);
    expect(await isStarted('false', 'true')).toBe(true);
    expect(await isStarted('false', 'false')).toBe(false);
  },
);
