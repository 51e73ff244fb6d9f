import { z } from 'zod';

const count = z.number().int().min(0);

/** What a gateway tells a worker about a client connection; payload of an `open` frame. */
export const openRequestSchema = z.object({
  session: z.uuid(),
  epoch: count,
  /** One client connection: its frames are numbered from 1, whatever worker they go to. */
  connection: z.string().min(1).max(64),
  /** The call has no place yet: when it came, µs of Redis' clock. */
  waiting: count.optional(),
  /** The client comes back to a session it was in. */
  resume: z.object({ token: z.string().max(2048), seq: count }).optional(),
  /** The client was here all the time; the worker it was with is gone. */
  takeover: z
    .object({
      /** Where it was before. */
      owner: z.string(),
      epoch: count,
      /** It died, or it leaves in good order and has handed the session over. */
      cause: z.enum(['worker_lost', 'drain']).default('worker_lost'),
      /** Only the link was lost: this is the worker it was with, which has the session still or sends the client on. */
      again: z.boolean().default(false),
      /** The last message that was sent to the client, and how much sound (`soundMsOf`). */
      seq: count,
      soundMs: z.number().min(0).optional(),
      /** How long the client has been without a worker. */
      elapsedMs: z.number().min(0),
      /** The first client frame that follows; those before it are in the journal. */
      firstFrame: count,
      /** The last client frame that is a repetition, outside the limits. */
      lastFrame: count,
    })
    .optional(),
});
export type OpenRequest = z.infer<typeof openRequestSchema>;
export type TakeoverInfo = NonNullable<OpenRequest['takeover']>;
export type MoveCause = TakeoverInfo['cause'];
