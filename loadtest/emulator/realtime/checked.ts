import type { z } from 'zod';
import { RequestError } from '../api-error.ts';

/**
 * The value, checked against a schema; the first problem becomes an error worded as OpenAI's are.
 *
 * @param root  where the value stands, such as `session` or `response`; begins every `param`
 * @throws {RequestError}
 */
export function checked<S extends z.ZodType>(schema: S, value: unknown, root: string): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw asRequestError(result.error.issues[0], value, root);
}

function asRequestError(issue: z.core.$ZodIssue | undefined, value: unknown, root: string): RequestError {
  if (!issue) return new RequestError('Invalid request.', { code: 'invalid_value' });
  const param = paramOf(root, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const unknown = paramOf(root, [...issue.path, issue.keys[0] ?? '']);
    return new RequestError(`Unknown parameter: '${unknown}'.`, {
      code: 'unknown_parameter',
      param: unknown,
    });
  }
  if (issue.code === 'invalid_union') {
    const nested = issue.errors?.flat()[0];
    if (nested && nested.path.length > 0) {
      return asRequestError({ ...nested, path: [...issue.path, ...nested.path] }, value, root);
    }
  }
  const given = at(value, issue.path);
  if (given === undefined) {
    return new RequestError(`Missing required parameter: '${param}'.`, {
      code: 'missing_required_parameter',
      param,
    });
  }
  if (issue.code === 'invalid_type') {
    return new RequestError(
      `Invalid type for '${param}': expected ${issue.expected}, but got ${typeName(given)} instead.`,
      {
        code: 'invalid_type',
        param,
      },
    );
  }
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const bound = issue.code === 'too_small' ? `>= ${issue.minimum}` : `<= ${issue.maximum}`;
    return new RequestError(
      `Invalid '${param}': expected a value ${bound}, but got ${String(given)} instead.`,
      {
        code: 'invalid_value',
        param,
      },
    );
  }
  const supported =
    issue.code === 'invalid_value' ? ` Supported values are: ${issue.values.map(quote).join(', ')}.` : '';
  return new RequestError(`Invalid value: ${quote(given)}.${supported}`, { code: 'invalid_value', param });
}

/** `session`, `['tools', 0, 'name']` → `session.tools[0].name`. */
function paramOf(root: string, path: readonly PropertyKey[]): string {
  let param = root;
  for (const key of path) {
    if (typeof key === 'number') param += `[${key}]`;
    else param += param === '' ? String(key) : `.${String(key)}`;
  }
  return param;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Reflect.get(current, key);
  }
  return current;
}

function quote(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
