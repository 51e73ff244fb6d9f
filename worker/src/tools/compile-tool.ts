import { Ajv2020, type AnySchema, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { boundedPattern } from './bounded-pattern.ts';
import type { JsonSchema } from './function-definition.ts';
import { headerTemplate } from './header-template.ts';
import type { Tool } from './tool.ts';
import type { ToolDeclaration } from './tool-declaration.ts';
import type { ToolRules } from './tool-rules.ts';
import { urlTemplate } from './url-template.ts';

/** What is wrong with a declaration: the way to the field, from the tool, and what it should be. */
export interface ToolProblem {
  path: readonly (string | number)[];
  message: string;
}

const repeatable = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

/**
 * Turns a declaration into a tool.
 * @returns undefined when it has a problem; all problems are added to `problems`
 */
export function compileTool(
  declared: ToolDeclaration,
  rules: ToolRules,
  problems: ToolProblem[],
): Tool | undefined {
  const before = problems.length;
  const wrong = (path: ToolProblem['path'], message: string) => problems.push({ path, message });

  const url = urlTemplate(declared.url);
  if (typeof url === 'string') wrong(['url'], url);
  else if (declared.enabled && !rules.hosts.allows(url.origin)) {
    wrong(['url'], `host ${url.origin.host} is not one of TOOL_ALLOWED_HOSTS`);
  }

  const headers = Object.entries(declared.headers).map(([name, value]) => headerTemplate(name, value));
  for (const header of headers) {
    if (!/^[\t\x20-\x7e]*$/.test(header.template)) {
      wrong(['headers', header.name], 'must be printable ASCII on one line');
    }
    for (const secret of header.secrets) {
      if (declared.enabled && !rules.secrets.has(secret)) {
        wrong(['headers', header.name], `secret ${secret} is not in TOOL_SECRETS_FILE`);
      }
    }
  }

  const argumentsSchema = closed(declared.arguments);
  const properties = Object.keys((argumentsSchema.properties ?? {}) as object);
  const required = Array.isArray(argumentsSchema.required) ? argumentsSchema.required : [];
  if (argumentsSchema.type !== 'object') wrong(['arguments'], 'must be a schema with type: object');
  for (const name of typeof url === 'string' ? [] : url.placeholders) {
    if (!properties.includes(name)) wrong(['url'], `{${name}} is not one of the arguments' properties`);
    else if (!required.includes(name)) {
      wrong(['arguments'], `${name} stands in the url, so it must be one of required`);
    }
  }
  const checkArguments = compileSchema(argumentsSchema, (text) => wrong(['arguments'], text));
  const checkAnswer =
    declared.answer_schema && compileSchema(declared.answer_schema, (text) => wrong(['answer_schema'], text));
  if (declared.answer === 'text' && declared.answer_schema) {
    wrong(['answer_schema'], 'is for answer: json only');
  }

  const mayRepeat = declared.idempotent ?? repeatable.has(declared.method);
  if ((declared.retries ?? 0) > 0 && !mayRepeat) {
    wrong(['retries'], `a ${declared.method} may be repeated only when it says idempotent: true`);
  }

  if (problems.length > before || typeof url === 'string' || checkArguments === undefined) return undefined;
  return Object.freeze({
    name: declared.name,
    description: declared.description,
    method: declared.method,
    url,
    headers: Object.freeze(headers),
    argumentsSchema,
    checkArguments,
    timeoutMs: declared.timeout_ms,
    retries: declared.retries ?? (mayRepeat ? 1 : 0),
    answer: declared.answer,
    checkAnswer,
  });
}

/** Arguments that are not declared would be sent to a host that does not expect them. */
function closed(schema: JsonSchema): JsonSchema {
  return 'additionalProperties' in schema ? schema : { ...schema, additionalProperties: false };
}

/** Compiling the rules for schemas themselves takes tens of milliseconds, so there is one compiler. */
const ajv = new Ajv2020({
  ...{ allErrors: true, strict: true, strictTypes: false, strictRequired: true },
  code: { regExp: Object.assign(boundedPattern, { code: 'boundedPattern' }) },
});
formats.default(ajv);

function compileSchema(schema: AnySchema, wrong: (text: string) => void): ValidateFunction | undefined {
  try {
    return ajv.compile(schema);
  } catch (error) {
    wrong(`is not a JSON schema (2020-12): ${(error as Error).message}`);
    return undefined;
  } finally {
    // Forgotten, so that the same `$id` in another agent, or in this one changed, is no conflict.
    ajv.removeSchema(schema);
  }
}
