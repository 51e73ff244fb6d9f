import { z } from 'zod';
import { RequestError } from '../api-error.ts';
import { alphanumeric } from '../ids.ts';
import { checked } from '../realtime/checked.ts';
import { textTokens } from '../realtime/usage.ts';
import { fitting, summaryOf } from './extract.ts';
import type { Reply } from './reply.ts';

const requestSchema = z.looseObject({
  model: z.string(),
  input: z.union([
    z.string(),
    z.array(
      z.looseObject({
        role: z.string().optional(),
        content: z.union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))]).optional(),
      }),
    ),
  ]),
  instructions: z.string().nullable().optional(),
  max_output_tokens: z.number().int().min(16).nullable().optional(),
  metadata: z.record(z.string(), z.string()).nullable().optional(),
  stream: z.boolean().nullable().optional(),
  text: z
    .looseObject({
      format: z
        .looseObject({
          type: z.enum(['text', 'json_schema', 'json_object']),
          schema: z.looseObject({}).optional(),
        })
        .optional(),
    })
    .optional(),
});

type Request = z.infer<typeof requestSchema>;

/**
 * `POST /v1/responses`: an extract of what it was given, or a JSON object that fits the schema asked for.
 *
 * @throws {RequestError} when something is missing, and for streams
 */
export function responses(body: unknown): Reply {
  const request = checked(requestSchema, body, '');
  if (request.stream) {
    throw new RequestError('The emulator does not stream responses.', {
      code: 'unsupported_value',
      param: 'stream',
    });
  }
  const source = sourceOf(request);
  const format = request.text?.format ?? { type: 'text' as const };
  const text =
    format.type === 'json_schema'
      ? JSON.stringify(fitting(format.schema ?? {}, source))
      : format.type === 'json_object'
        ? JSON.stringify({ summary: summaryOf(source) })
        : summaryOf(source);
  const input = textTokens(source) + textTokens(request.instructions ?? '');
  const output = textTokens(text);
  const now = Math.floor(Date.now() / 1000);
  return {
    json: {
      id: `resp_${alphanumeric(48)}`,
      object: 'response',
      created_at: now,
      completed_at: now,
      status: 'completed',
      background: false,
      error: null,
      incomplete_details: null,
      instructions: request.instructions ?? null,
      max_output_tokens: request.max_output_tokens ?? null,
      model: request.model,
      output: [
        {
          id: `msg_${alphanumeric(48)}`,
          type: 'message',
          status: 'completed',
          role: 'assistant',
          content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
        },
      ],
      parallel_tool_calls: true,
      previous_response_id: null,
      reasoning: { effort: null, summary: null },
      store: false,
      temperature: 1,
      text: { format, verbosity: 'medium' },
      tool_choice: 'auto',
      tools: [],
      top_p: 1,
      truncation: 'disabled',
      usage: {
        input_tokens: input,
        input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
        output_tokens: output,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: input + output,
      },
      metadata: request.metadata ?? {},
    },
  };
}

/** What the user side of the input says; instructions and system messages tell how, not what. */
function sourceOf(request: Request): string {
  if (typeof request.input === 'string') return request.input;
  return request.input
    .filter((item) => item.role !== 'system' && item.role !== 'developer')
    .map((item) =>
      typeof item.content === 'string'
        ? item.content
        : (item.content ?? []).map((part) => part.text ?? '').join(' '),
    )
    .join('\n')
    .trim();
}
