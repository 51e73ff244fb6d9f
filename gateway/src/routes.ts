import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { Keys } from '@vjj/shared/control/keys.ts';
import { type ErrorId, errorSpec } from '@vjj/shared/errors.ts';
import { registry } from '@vjj/shared/metrics.ts';
import { clusterMetricsText } from '@vjj/shared/process/cluster-metrics.ts';
import { version } from '@vjj/shared/process/version.ts';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Redis } from 'ioredis';
import type { Calls } from './calls.ts';
import { ClusterView, statusOf } from './cluster-view.ts';
import { readiness } from './readiness.ts';
import { statusPage, statusPageHeaders } from './status-page.ts';

const pageFolder = fileURLToPath(new URL('../../client/dist', import.meta.url));

/** Processes speak of themselves every two seconds (`HEARTBEAT_MS`): this much older is no loss. */
const statusAgeMs = 250;

/** The page may load nothing from elsewhere and talk to nobody else, and only pages that may open a call show it in a frame. */
const pageHeaders = (allowedOrigins: ReadonlySet<string>) => ({
  'Content-Security-Policy': [
    "default-src 'self'",
    "connect-src 'self' ws: wss:",
    "img-src 'self' data:",
    "style-src 'self'",
    "base-uri 'none'",
    ["frame-ancestors 'self'", ...allowedOrigins].join(' '),
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy': 'microphone=(self)',
  // Other sites import `/sdk.js`, which has nothing that is not public; who may call is told by the origin.
  'Access-Control-Allow-Origin': '*',
});

/** HTTP on the callers' port: health, readiness, status, metrics and the page. */
export function createHttp(
  redis: Redis,
  keys: Keys,
  calls: Calls,
  waitingRoom: number,
  allowedOrigins: ReadonlySet<string>,
): FastifyInstance {
  const app = Fastify({ logger: false, forceCloseConnections: true });
  const view = new ClusterView(redis, keys);
  const startedAt = performance.now();
  const uptimeSeconds = () => Math.round((performance.now() - startedAt) / 1000);

  // The process lives; nothing else is asked, so that an outage elsewhere does not get it restarted.
  app.get('/health', () => ({ status: 'ok', version, uptimeSeconds: uptimeSeconds() }));

  app.get('/ready', async ({ headers: { origin } }, reply) => {
    // Pages of others that may open a call may also read why it is refused.
    reply.header('Vary', 'Origin');
    if (origin !== undefined && allowedOrigins.has(origin))
      reply.header('Access-Control-Allow-Origin', origin);
    const reasons = await readiness(view, calls.isDraining, waitingRoom);
    if (reasons.length > 0) reply.code(503).header('Retry-After', '2');
    return {
      ready: reasons.length === 0,
      reasons: reasons.map((id) => ({ code: id, text: errorSpec(id).text })),
    };
  });

  app.get('/status', async (request, reply) => {
    const base = { version, uptimeSeconds: uptimeSeconds() };
    try {
      const { status, ...cluster } = statusOf(await view.read(statusAgeMs));
      const whole = { status, ...base, ...cluster };
      if (!request.headers.accept?.includes('text/html')) return whole;
      return reply.headers(statusPageHeaders).send(statusPage(whole));
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
    const headers = Object.entries(pageHeaders(allowedOrigins));
    app.register(fastifyStatic, {
      root: pageFolder,
      setHeaders: (response) => {
        for (const [name, value] of headers) response.header(name, value);
      },
    });
  }
  app.setNotFoundHandler((_request, reply) => sendError(reply, 'NOT_FOUND'));
  app.setErrorHandler((_error, _request, reply) => sendError(reply, 'INTERNAL'));
  return app;
}

function sendError(reply: { code(status: number): { send(body: unknown): unknown } }, id: ErrorId): unknown {
  const { status = 500, text, retry } = errorSpec(id);
  return reply.code(status).send({ error: text, code: id, retryable: retry });
}
