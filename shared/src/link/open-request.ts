import { z } from 'zod';

/** What a gateway tells a worker about a client connection; payload of an `open` frame. */
export const openRequestSchema = z.object({
  session: z.uuid(),
  epoch: z.number().int().positive(),
});
export type OpenRequest = z.infer<typeof openRequestSchema>;
