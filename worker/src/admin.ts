import { registry } from '@vjj/shared/metrics.ts';
import { version } from '@vjj/shared/process/version.ts';
import Fastify, { type FastifyInstance } from 'fastify';
import { portOf } from './host.ts';

export interface AdminPlace {
  host: string;
  /** Of the first process of a primary; 0: any free one. */
  firstPort: number;
  index: number;
}

/** Not shared with the siblings, as a cluster's ports otherwise are: each process answers for itself. @returns the port */
export async function listenAlone(
  admin: FastifyInstance,
  { host, firstPort, index }: AdminPlace,
): Promise<number> {
  await admin.listen({ host, port: firstPort === 0 ? 0 : firstPort + index, exclusive: true });
  return portOf(admin.server);
}

/** Health, readiness and metrics of a process that has no callers' port. */
export function createAdmin(notReady: () => string[]): FastifyInstance {
  const app = Fastify({ logger: false, forceCloseConnections: true });
  app.get('/health', () => ({ status: 'ok', version, uptimeSeconds: Math.round(process.uptime()) }));
  app.get('/ready', (_request, reply) => {
    const reasons = notReady();
    if (reasons.length > 0) reply.code(503);
    return { ready: reasons.length === 0, reasons };
  });
  app.get('/metrics', async (_request, reply) => {
    reply.type(registry.contentType);
    return registry.metrics();
  });
  return app;
}
