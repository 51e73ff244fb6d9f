import type { ValidateFunction } from 'ajv';
import type { FunctionDefinition, JsonSchema } from './function-definition.ts';
import type { HeaderTemplate } from './header-template.ts';
import type { UrlTemplate } from './url-template.ts';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** An HTTP tool, checked and ready to run. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly method: Method;
  readonly url: UrlTemplate;
  readonly headers: readonly HeaderTemplate[];
  readonly argumentsSchema: JsonSchema;
  readonly checkArguments: ValidateFunction;
  /** For all tries together. */
  readonly timeoutMs: number;
  /** Tries after a failed first one. */
  readonly retries: number;
  readonly answer: 'json' | 'text';
  readonly checkAnswer: ValidateFunction | undefined;
}

/** How the model is told of a tool. */
export function functionDefinition(tool: Tool): FunctionDefinition {
  return {
    type: 'function',
    name: tool.name,
    description: tool.description,
    parameters: tool.argumentsSchema,
  };
}
