import { keysOf } from '@vjj/shared/control/keys.ts';
import { openRedis } from '@vjj/shared/control/open-redis.ts';
import type { Pin } from '@vjj/shared/control/pins.ts';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { ensurePage } from '../src/page.ts';
import { startTestbed, type Testbed, type TestbedOptions } from '../src/testbed.ts';
import { waitFor } from '../src/wait-for.ts';
import { EmulatorControl, type ScriptPatch } from './emulator-control.ts';

export interface SharedTestbedOptions extends TestbedOptions {
  script?: ScriptPatch;
  /** The gateways serve the page, built when it must be. */
  page?: boolean;
  /** What callers and agent say, and secrets: none of it may be in any log. */
  neverLogged?: readonly string[];
}

export interface SharedTestbed {
  readonly bed: Testbed;
  readonly emulator: EmulatorControl;
  /** The worker that has the session of a caller, asked of Redis. */
  pinOf(caller: { sessionId: string | undefined }): Promise<Pin>;
  /** Resolves when a line of the logs matches; they are written a moment after the fact. */
  logged(line: RegExp): Promise<void>;
}

/** Longer than the least, and nowhere else in the tests. */
export const linkSecret = 'only-gateways-and-workers-know';
const shownLogChars = 4000;

/** One cluster for all tests of a file; at its end the logs are searched for what must never be in them. */
export function sharedTestbed(options: SharedTestbedOptions = {}): SharedTestbed {
  const { script, page = false, neverLogged = [], env, ...rest } = options;
  let bed: Testbed | undefined;
  const running = () => {
    if (bed === undefined) throw new Error('the testbed does not run yet');
    return bed;
  };
  beforeAll(async () => {
    // Before the cluster: a gateway looks for the page once, when it starts.
    if (page) await ensurePage();
    bed = await startTestbed({
      ...rest,
      // Reflexes would speak before the answers whose order is tested here, and connections that wait for a caller
      // would be counted as calls or take a fault meant for one.
      env: {
        LOG_LEVEL: 'debug',
        ENABLE_LANE_A: 'false',
        WARM_POOL_MAX: '0',
        LINK_SECRET: linkSecret,
        ...env,
      },
    });
    if (script !== undefined) await new EmulatorControl(bed.emulatorUrl).script(script);
  });
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') console.log(running().logs().slice(-shownLogChars));
  });
  afterAll(async () => {
    const lines = bed?.logs().split('\n') ?? [];
    await bed?.close();
    const words = [linkSecret, ...neverLogged].map((word) => word.toLowerCase());
    expect(lines.filter((line) => words.some((word) => line.toLowerCase().includes(word)))).toEqual([]);
  });
  return {
    get bed() {
      return running();
    },
    get emulator() {
      return new EmulatorControl(running().emulatorUrl);
    },
    async pinOf(caller) {
      const redis = openRedis(running().redisUrl);
      try {
        const [owner, epoch] = await redis.hmget(
          keysOf(running().clusterName).pin(caller.sessionId ?? ''),
          'owner',
          'epoch',
        );
        return { owner: owner ?? '', epoch: Number(epoch) };
      } finally {
        redis.disconnect();
      }
    },
    async logged(line) {
      await waitFor(`a log line ${line}`, () => line.test(running().logs()) || undefined);
    },
  };
}
