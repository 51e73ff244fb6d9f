// Whether the simulated voice service kept up while k6 measured. Each script exports both functions: k6 calls them.
import http from 'k6/http';
import { Gauge } from 'k6/metrics';
import { emulatorUrl } from './load.ts';

const emulatorLateMs = new Gauge('vjj_emulator_late_ms');

interface Delays {
  loopLagP99Ms: number;
}

/** Delays are told since the last question. */
export function setup(): void {
  if (emulatorUrl !== undefined) http.post(`${emulatorUrl}/emulator/delays`);
}

export function teardown(): void {
  if (emulatorUrl === undefined) return;
  const { loopLagP99Ms } = http.post(`${emulatorUrl}/emulator/delays`).json() as unknown as Delays;
  emulatorLateMs.add(loopLagP99Ms);
}
