/** An address with `{argument}` in its path or query. */
export interface UrlTemplate {
  /** Scheme, host and port; the same for all arguments. */
  readonly origin: URL;
  readonly placeholders: readonly string[];
  /**
   * The address for these arguments.
   * @returns what is wrong with a value, when it would change the meaning of the address
   */
  expand(values: Readonly<Record<string, unknown>>): URL | string;
}

const placeholder = /\{([^{}]*)\}/g;

/** @returns the template, or what is wrong with it */
export function urlTemplate(template: string): UrlTemplate | string {
  const names = [...template.matchAll(placeholder)].map(([, name]) => name!);
  if (names.some((name) => name === '')) return 'has an empty placeholder {}';
  const origin = URL.parse(template.replace(placeholder, 'x'));
  if (origin === null || !/^https?:$/.test(origin.protocol)) return 'must begin with http:// or https://';
  if (origin.username !== '' || origin.password !== '') {
    return 'must not hold credentials; use a header with a secret';
  }
  if (origin.hash !== '') return 'must not have a fragment (#)';
  const [, beforePath = ''] = /^([a-z]+:\/\/[^/?#]*)/i.exec(template) ?? [];
  if (/[{}]/.test(beforePath)) return 'may have placeholders in its path and query only, not in the host';
  if (/[{}]/.test(template.replace(placeholder, ''))) return 'has a brace that belongs to no placeholder';
  if (hasDotSegment(template)) return 'must not have . or .. in its path';
  return {
    origin,
    placeholders: Object.freeze([...new Set(names)]),
    expand(values) {
      for (const name of names) {
        const value = values[name];
        // An empty segment is another address: the list instead of the entry.
        if (value === undefined || value === '') return `${name} must not be empty`;
        if (!['string', 'number', 'boolean'].includes(typeof value))
          return `${name} must be text or a number`;
      }
      const text = template.replace(placeholder, (_, name: string) =>
        encodeURIComponent(String(values[name]).toWellFormed()),
      );
      const url = URL.parse(text);
      if (url?.origin !== origin.origin || hasDotSegment(text)) {
        return 'an argument would lead to another address';
      }
      return url;
    },
  };
}

/** `..` survives the encoding of arguments, and would climb to another path. */
function hasDotSegment(address: string): boolean {
  const [path = ''] = address.split(/[?#]/, 1);
  return path.split('/').some((segment) => /^(\.|%2e){1,2}$/i.test(segment));
}
