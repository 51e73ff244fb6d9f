import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { emulator } from './emulator.ts';
import { freePort } from './free-port.ts';
import type { Member } from './member.ts';
import { shortTempFolder } from './temp-folder.ts';

/** A real emulator of the voice service for one test file. */
export interface TestEmulator extends AsyncDisposable {
  /** As `OPENAI_BASE_URL` wants it. */
  readonly baseUrl: string;
  readonly server: Member;
  /** Adds a fault to those in force (see the emulator's fault list). */
  fault(fault: Record<string, unknown>): Promise<void>;
  /** How often the fault of that id has struck. */
  struck(id: string): Promise<number>;
  clearFaults(): Promise<void>;
}

export async function startTestEmulator(): Promise<TestEmulator> {
  const folder = shortTempFolder();
  const port = await freePort();
  const server = emulator({
    port,
    logFile: join(folder, 'emulator.log'),
    env: process.env,
    keepsClips: true,
  });
  await server.start();
  const faults = `http://127.0.0.1:${port}/emulator/faults`;
  const asked = async (init: RequestInit) => {
    const response = await fetch(faults, init);
    if (!response.ok) throw new Error(`the emulator says ${response.status}: ${await response.text()}`);
    return response.json() as Promise<{ faults: { id: string; struck: number }[] }>;
  };
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    server,
    async fault(fault) {
      await asked({ method: 'POST', body: JSON.stringify(fault) });
    },
    async struck(id) {
      const { faults: list } = await asked({ method: 'GET' });
      return list.find((fault) => fault.id === id)?.struck ?? 0;
    },
    async clearFaults() {
      await asked({ method: 'DELETE' });
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
