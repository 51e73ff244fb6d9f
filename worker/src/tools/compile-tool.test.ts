import { describe, expect, it } from 'vitest';
import { allowedHosts } from './allowed-hosts.ts';
import { compileTool, type ToolProblem } from './compile-tool.ts';
import { functionDefinition } from './tool.ts';
import { toolDeclaration } from './tool-declaration.ts';

const rules = {
  hosts: allowedHosts('api.example.com, 127.0.0.1:8088'),
  secrets: new Map([['hotel', 'hush']]),
};
const booking = {
  name: 'find_booking',
  description: 'Finds a booking by its number.',
  url: 'https://api.example.com/bookings/{number}',
  arguments: { type: 'object', properties: { number: { type: 'string' } }, required: ['number'] },
};

function compile(changes: object) {
  const problems: ToolProblem[] = [];
  const tool = compileTool(toolDeclaration.parse({ ...booking, ...changes }), rules, problems);
  return { tool, problems: problems.map(({ path, message }) => `${path.join('.')}: ${message}`) };
}

describe('a declared tool', () => {
  it('is offered to the model with its arguments closed', () => {
    const { tool } = compile({});
    expect(functionDefinition(tool!)).toEqual({
      type: 'function',
      name: 'find_booking',
      description: 'Finds a booking by its number.',
      parameters: { ...booking.arguments, additionalProperties: false },
    });
    expect(tool).toMatchObject({ method: 'GET', timeoutMs: 3000, retries: 1 });
  });

  it('is repeated by itself only when that does no harm', () => {
    expect(compile({ method: 'POST' }).tool?.retries).toBe(0);
    expect(compile({ method: 'POST', idempotent: true }).tool?.retries).toBe(1);
    expect(compile({ idempotent: false }).tool?.retries).toBe(0);
    expect(compile({ method: 'POST', retries: 2 }).problems).toEqual([
      'retries: a POST may be repeated only when it says idempotent: true',
    ]);
  });

  it.each([
    ['https://evil.example.com/{number}', 'url: host evil.example.com is not one of TOOL_ALLOWED_HOSTS'],
    [
      'https://api.example.com:8443/{number}',
      'url: host api.example.com:8443 is not one of TOOL_ALLOWED_HOSTS',
    ],
    [
      'https://{number}.example.com/',
      'url: may have placeholders in its path and query only, not in the host',
    ],
    ['https://api.example.com@{number}/', 'url: must not hold credentials; use a header with a secret'],
    [
      'https://me:pass@api.example.com/{number}',
      'url: must not hold credentials; use a header with a secret',
    ],
    ['file:///etc/{number}', 'url: must begin with http:// or https://'],
    ['api.example.com/{number}', 'url: must begin with http:// or https://'],
    ['https://api.example.com/{}', 'url: has an empty placeholder {}'],
    ['https://api.example.com/{number', 'url: has a brace that belongs to no placeholder'],
    ['https://api.example.com/{nummer}', "url: {nummer} is not one of the arguments' properties"],
  ])('%s is refused', (url, problem) => {
    expect(compile({ url }).problems).toContain(problem);
  });

  it.each([
    ['(a+)+$', 'repeats what can itself be repeated'],
    ['^(a|a)*$', 'repeats what can itself be repeated'],
    ['^(\\w+\\s?)+$', 'repeats what can itself be repeated'],
    ['^(a|b|ab)*$', 'repeats what can itself be repeated'],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'repeats what can itself be repeated'],
    ['^(a?){20}$', 'repeats what may be nothing'],
    ['^.*.*.*x$', 'repeats the same characters too often'],
    ['^(.+)\\1$', 'has a back-reference'],
    ['^(?=.*a).*$', 'looks ahead or behind'],
    ['^[a-z]{400}{2}$', 'Invalid regular expression'],
  ])('the unsafe pattern %j is refused, and named', (pattern, problem) => {
    const properties = { number: { type: 'string', pattern } };
    const { tool, problems } = compile({ arguments: { type: 'object', properties, required: ['number'] } });
    expect(tool).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(problems[0]).toContain(pattern.includes('{400}') ? '{400}' : JSON.stringify(pattern));
    expect(compile({ answer_schema: { type: 'string', pattern } }).problems).toEqual([
      expect.stringContaining(problem),
    ]);
  });

  it.each([
    ['^[0-9]{6}$', '004711', '47'],
    ['^[a-z]+(-[a-z]+)*$', 'sea-view-room', 'Sea View'],
    ['^(ab|ac)*$', 'abacab', 'abca'],
    ['^(\\d{2}:){2}\\d{2}$', '10:30:00', '1:30:00'],
    ['^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$', 'a@b.example', 'a@b'],
    ['^[A-Za-z ]+, [A-Za-z ]+, [A-Za-z ]+$', 'One Road, Town, Land', 'Town'],
    ['^\\p{L}[\\p{L} .-]*$', 'Ångström', '7 Dwarfs'],
  ])('the pattern %j is fine', (pattern, right, wrong) => {
    const properties = { number: { type: 'string', pattern } };
    const { tool, problems } = compile({ arguments: { type: 'object', properties, required: ['number'] } });
    expect(problems).toEqual([]);
    const isRight = (number: string) => tool!.checkArguments({ number });
    expect([right, wrong, right.repeat(2_000)].map(isRight)).toEqual([true, false, false]);
  });

  it('names everything that is wrong at once', () => {
    const { tool, problems } = compile({
      url: 'http://elsewhere/{number}',
      headers: { authorization: 'Bearer {{bank}}' },
      arguments: { type: 'object', properties: { number: { type: 'strnig' } } },
      method: 'PATCH',
      retries: 1,
      answer: 'text',
      answer_schema: {},
    });
    expect(tool).toBeUndefined();
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'url',
      'headers.authorization',
      'arguments',
      'arguments',
      'answer_schema',
      'retries',
    ]);
  });

  it('needs no allowed host and no secret while it is disabled', () => {
    const draft = { enabled: false, url: 'http://localhost:1/{number}', headers: { 'x-key': '{{none}}' } };
    expect(compile(draft).problems).toEqual([]);
  });
});

describe('the allowed hosts', () => {
  const { allows } = allowedHosts('API.example.com, 10.0.0.7:8080,[::1]:9, example.org:443');

  it.each([
    'https://api.example.com/x',
    'http://api.example.com/',
    'http://10.0.0.7:8080/',
    'http://[::1]:9/',
    'https://example.org/',
  ])('%s is allowed', (url) => expect(allows(new URL(url))).toBe(true));

  it.each([
    'https://api.example.com.evil.org/',
    'https://xapi.example.com/',
    'https://api.example.com:444/',
    'http://10.0.0.7/',
    'http://example.org/',
  ])('%s is not', (url) => expect(allows(new URL(url))).toBe(false));

  it('are none when the list is empty', () => {
    expect(allowedHosts('').allows(new URL('http://localhost/'))).toBe(false);
  });
});
