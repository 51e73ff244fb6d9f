import { z } from 'zod';

const jsonSchema = z.record(z.string(), z.unknown());

/** What a tool may be called: the Realtime API takes nothing else. */
const toolName = z.string().regex(/^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/, {
  error: 'must be letters, digits, _ and -, at most 64, beginning with a letter',
});

/** HTTP field names (RFC 9110), without those that decide where a request goes or how long it is. */
const headerName = z
  .string()
  .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/i, { error: 'is not a header name' })
  .refine((name) => !/^(host|connection|content-length|transfer-encoding|expect|upgrade)$/i.test(name), {
    error: 'is a header that tools may not set',
  });

/** A tool as `agent.yaml` declares it. Field names are those of the file. */
export const toolDeclaration = z
  .strictObject({
    name: toolName.describe('what the model calls it'),
    description: z
      .string()
      .trim()
      .min(1)
      .max(1000)
      .describe('when to use it and what it gives; the model reads it'),
    enabled: z.boolean().default(true).describe('false: declared but not offered'),
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET').describe('HTTP method'),
    url: z.string().min(1).max(2000).describe('address with {argument} in path or query'),
    headers: z
      .record(headerName, z.string().max(2000))
      .default({})
      .describe('request headers; {{name}} stands for a secret of TOOL_SECRETS_FILE'),
    arguments: jsonSchema.describe('JSON schema of the arguments, an object'),
    timeout_ms: z.int().min(100).max(30_000).default(3000).describe('for all tries together'),
    retries: z.int().min(0).max(3).optional().describe('tries after a failed first one'),
    idempotent: z.boolean().optional().describe('doing it twice does the same as doing it once'),
    answer: z.enum(['json', 'text']).default('json').describe('what the answer is'),
    answer_schema: jsonSchema.optional().describe('JSON schema that the answer must keep to'),
  })
  .describe('an HTTP call that the model may make');

export type ToolDeclaration = z.output<typeof toolDeclaration>;
