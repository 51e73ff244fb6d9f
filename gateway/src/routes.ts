import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { type ProcessStatus, readClusterStatus } from '@vjj/shared/control/cluster-status.ts';
import type { Keys } from '@vjj/shared/control/keys.ts';
import { type ErrorId, errorSpec } from '@vjj/shared/errors.ts';
import { registry } from '@vjj/shared/metrics.ts';
import { clusterMetricsText } from '@vjj/shared/process/cluster-metrics.ts';
import { version } from '@vjj/shared/process/version.ts';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Redis } from 'ioredis';
import type { Calls } from './calls.ts';
import { readiness } from './readiness.ts';

const pageFolder = fileURLToPath(new URL('../../client/dist', import.meta.url));

/** The page may load nothing from elsewhere and talk to nobody else. */
const pageHeaders = {
  'Content-Security-Policy':
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; style-src 'self'; base-uri 'none'; frame-ancestors 'self'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy': 'microphone=(self)',
};

/** HTTP on the callers' port: health, readiness, status, metrics and the page. */
export function createHttp(redis: Redis, keys: Keys, calls: Calls): FastifyInstance {
  const app = Fastify({ logger: false, forceCloseConnections: true });
  const startedAt = performance.now();
  const uptimeSeconds = () => Math.round((performance.now() - startedAt) / 1000);

  // The process lives; nothing else is asked, so that an outage elsewhere does not get it restarted.
  app.get('/health', () => ({ status: 'ok', version, uptimeSeconds: uptimeSeconds() }));

  app.get('/ready', async (_request, reply) => {
    const reasons = await readiness(redis, keys, calls.isDraining);
    if (reasons.length > 0) reply.code(503).header('Retry-After', '2');
    return {
      ready: reasons.length === 0,
      reasons: reasons.map((id) => ({ code: id, text: errorSpec(id).text })),
    };
  });

  app.get('/status', async () => {
    const base = { version, uptimeSeconds: uptimeSeconds() };
    try {
      const { workers, gateways, recorders } = await readClusterStatus(redis, keys);
      const up = workers.filter((worker) => worker.state === 'up');
      return {
        status: up.length === 0 ? 'down' : up.length < workers.length ? 'degraded' : 'ok',
        ...base,
        sessions: workers.reduce((sum, worker) => sum + (worker.state === 'lost' ? 0 : worker.sessions), 0),
        capacity: up.reduce((sum, worker) => sum + worker.capacity, 0),
        gateways: gateways.map(shown),
        workers: workers.map(shown),
        recorders: recorders.map(shown),
        queues: queuesOf(recorders),
      };
    } catch {
      // Live calls go on without the registry; this gateway can still speak of itself.
      return {
        status: 'registry_away',
        ...base,
        sessions: calls.count,
        gateways: [],
        workers: [],
        recorders: [],
      };
    }
  });

  app.get('/metrics', async (_request, reply) => {
    reply.type(registry.contentType);
    return clusterMetricsText();
  });

  if (existsSync(pageFolder)) {
    app.register(fastifyStatic, {
      root: pageFolder,
      setHeaders: (response) => {
        for (const [name, value] of Object.entries(pageHeaders)) response.header(name, value);
      },
    });
  }
  app.setNotFoundHandler((_request, reply) => sendError(reply, 'NOT_FOUND'));
  app.setErrorHandler((_error, _request, reply) => sendError(reply, 'INTERNAL'));
  return app;
}

/** The queues as a living recorder sees them; undefined: none lives, and nobody reads them. */
function queuesOf(recorders: readonly ProcessStatus[]): unknown {
  const seen = recorders.find(({ state, queues }) => state !== 'lost' && queues !== '');
  return seen === undefined ? undefined : JSON.parse(seen.queues);
}

/** What strangers need not know: where the links of the cluster are. */
function shown({
  linkPath: _path,
  linkAddress: _address,
  machine: _machine,
  queues: _queues,
  ...rest
}: ProcessStatus) {
  return rest;
}

function sendError(reply: { code(status: number): { send(body: unknown): unknown } }, id: ErrorId): unknown {
  const { status = 500, text, retry } = errorSpec(id);
  return reply.code(status).send({ error: text, code: id, retryable: retry });
}
