import { type Config, readConfig } from '@vjj/shared/config.ts';
import { shipsChroma } from './chroma-server.ts';
import { isFree, nextFreePort } from './free-port.ts';
import { newSecret } from './secret.ts';

export interface StartSettings {
  /** The environment of everything that is started, but for what the start itself decides later. */
  env: NodeJS.ProcessEnv;
  config: Readonly<Config>;
  port: number;
  /** Set when PORT was not given and the usual one is taken. */
  takenPort: number | undefined;
  /** A Redis somebody else runs. */
  redisUrl: string | undefined;
  /** A Chroma of our own is started: nobody named another, it is wanted, and there is one for this platform. */
  chroma: boolean;
  emulator: boolean;
}

/** Somebody listens on the port the user asked for. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
}

/** A local start has no callers who could not be asked to call again: its drain is short. */
const drainTimeoutMs = '3000';

/**
 * What is started, from what the user set.
 * @throws {ConfigError} naming every wrong value
 * @throws {PortTaken}
 */
export async function startSettings(
  environment: NodeJS.ProcessEnv,
  portOption?: string,
): Promise<StartSettings> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const env: NodeJS.ProcessEnv = {
    HOST: '127.0.0.1',
    LINK_SECRET: newSecret(),
    DRAIN_TIMEOUT_MS: drainTimeoutMs,
    ...given,
    ...(portOption !== undefined && { PORT: portOption }),
  };
  const config = readConfig(env);
  const wasGiven = env.PORT !== undefined && config.PORT !== 0;
  const port = await choosePort(config, wasGiven);
  return {
    env,
    config,
    port,
    takenPort: port === config.PORT || config.PORT === 0 ? undefined : config.PORT,
    redisUrl: given.REDIS_URL,
    chroma:
      config.CHROMA_URL === '' && (config.ENABLE_RAG || config.ENABLE_PERSISTENT_MEMORY) && shipsChroma(),
    emulator: config.OPENAI_API_KEY === '',
  };
}

async function choosePort({ HOST, PORT }: Readonly<Config>, wasGiven: boolean): Promise<number> {
  // A browser that is told "localhost" may try either address: on both nobody else must answer.
  const addresses = [HOST, '127.0.0.1', '::1'];
  if (!wasGiven) return nextFreePort(PORT === 0 ? 3000 : PORT, addresses);
  if (await isFree(PORT, addresses)) return PORT;
  throw new PortTaken(
    `Port ${PORT} is taken by another program. End that, or choose another:   PORT=${PORT + 1} npm start`,
  );
}
