import type { Role } from '@vjj/shared/control/process-record.ts';
import type { ClusterRegistry } from './cluster-registry.ts';
import { type Member, member } from './member.ts';
import { inProject } from './project.ts';
import { Hopeless } from './wait-for.ts';

export interface RolePrimary {
  role: Role;
  name: string;
  env: NodeJS.ProcessEnv;
  logFile: string;
  registry: ClusterRegistry;
  /** How many children it has. */
  processes: number;
  stopLimitMs: number;
}

const readyLimitMs = 40_000;
/** So many ends of each child at the start are not bad luck: no use waiting for the limit. */
const hopelessDeaths = 3;

const programs: Readonly<Record<Role, string>> = {
  gateway: 'gateway/src/main.ts',
  worker: 'worker/src/main.ts',
  recorder: 'worker/recorder/main.ts',
};

/** A primary of one role; ready when as many children as it has are in the registry. */
export function rolePrimary({ role, registry, processes, ...rest }: RolePrimary): Member {
  return member({
    ...rest,
    command: process.execPath,
    args: [inProject(programs[role])],
    givesWay: role === 'recorder',
    readyLimitMs,
    async isReady({ startedAt, lines }) {
      const deaths = lines().filter((line) => line.includes('"a child process died')).length;
      if (deaths >= hopelessDeaths * processes) throw new Hopeless('its processes end again and again');
      const known = await registry.read();
      // Those that began earlier belong to another primary, or are what a killed one left behind.
      const mine = known[`${role}s`].filter((one) => one.state === 'up' && one.startedAt >= startedAt);
      return mine.length >= processes;
    },
  });
}
