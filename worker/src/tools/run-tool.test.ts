import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { allowedHosts } from './allowed-hosts.ts';
import { compileTool, type ToolProblem } from './compile-tool.ts';
import { runTool } from './run-tool.ts';
import type { Tool } from './tool.ts';
import { toolDeclaration } from './tool-declaration.ts';
import type { ToolRules } from './tool-rules.ts';

/** A real server that does what each test says, and one of another origin. */
let server: Server;
let elsewhere: Server;
let base: string;
let rules: ToolRules;
let answer: RequestListener;
let requests: IncomingMessage[];
let strays: number;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  elsewhere = createServer((_, response) => {
    strays++;
    response.end('{"stolen": true}');
  }).listen(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(elsewhere, 'listening')]);
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  rules = {
    hosts: allowedHosts(base.slice('http://'.length)),
    secrets: new Map([['key', 's3cr3t']]),
  };
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  elsewhere.close();
});
beforeEach(() => {
  requests = [];
  strays = 0;
  answer = (_, response) => response.end('{"ok": true}');
});

function tool(changes: object = {}): Tool {
  const problems: ToolProblem[] = [];
  const declaration = toolDeclaration.parse({
    name: 'find',
    description: 'Finds something.',
    url: `${base}/things/{id}`,
    arguments: {
      type: 'object',
      properties: {
        id: { type: ['string', 'integer'] },
        q: { type: 'string' },
        day: { type: 'string', format: 'date' },
      },
      required: ['id'],
    },
    timeout_ms: 1000,
    ...changes,
  });
  const compiled = compileTool(declaration, rules, problems);
  if (compiled === undefined) throw new Error(JSON.stringify(problems));
  return compiled;
}

const run = (changes: object = {}, args: unknown = { id: 7 }, callId?: string) =>
  runTool(tool(changes), args, { rules, callId });

const closeOf = ({ socket }: IncomingMessage) =>
  new Promise((resolve) => socket.on('error', () => {}).on('close', resolve));

describe('what a tool sends', () => {
  it('puts arguments into the address, the rest into the query, and secrets into headers', async () => {
    const result = await run(
      { headers: { Authorization: 'Bearer {{key}}' } },
      { id: 'a/b ?#', q: 'two words' },
    );
    expect(result).toMatchObject({ ok: true, output: { ok: true } });
    expect(requests[0]?.url).toBe('/things/a%2Fb%20%3F%23?q=two+words');
    expect(requests[0]?.headers).toMatchObject({
      authorization: 'Bearer s3cr3t',
      accept: 'application/json',
    });
  });

  it('makes text of half a character, which has no place in an address', async () => {
    expect(await run({}, { id: '\ud800', q: '\ud800' })).toMatchObject({ ok: true });
    expect(requests[0]?.url).toBe('/things/%EF%BF%BD?q=%EF%BF%BD');
  });

  it('puts the rest of a POST into a JSON body, with the id of the call', async () => {
    let body = '';
    answer = async (request, response) => {
      body = await text(request);
      response.end('{}');
    };
    await run({ method: 'POST' }, { id: 7, q: 'x' }, 'call-1');
    expect(body).toBe('{"q":"x"}');
    expect(requests[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': 'call-1',
    });
  });

  it.each([
    [{}, /must have required property 'id'/],
    [{ id: true }, /arguments\/id must be string,integer/],
    [{ id: 7, day: 'tomorrow' }, /arguments\/day must match format "date"/],
    [{ id: 7, admin: true }, /must NOT have additional properties \(admin\)/],
    [null, /must be object/],
    [[7], /must be object/],
    [{ id: '..' }, /lead to another address/],
    [{ id: '.' }, /lead to another address/],
    [{ id: '' }, /must not be empty/],
    [{ id: { toString: 1, valueOf: 1 } }, /must be|arguments/],
  ])('never sends the arguments %j', async (args, detail) => {
    const result = await run({}, args);
    expect(result).toMatchObject({
      ok: false,
      reason: 'bad_arguments',
      detail: expect.stringMatching(detail),
    });
    expect(requests).toHaveLength(0);
  });

  it('asks the operator’s rules again when it runs', async () => {
    const now = { hosts: allowedHosts(''), secrets: rules.secrets };
    expect(await runTool(tool(), { id: 7 }, { rules: now })).toMatchObject({ reason: 'not_allowed' });
    const keyed = tool({ headers: { 'x-key': '{{key}}' } });
    const without = { hosts: rules.hosts, secrets: new Map<string, string>() };
    expect(await runTool(keyed, { id: 7 }, { rules: without })).toMatchObject({ reason: 'not_allowed' });
    expect(requests).toHaveLength(0);
  });
});

describe('a tool that misbehaves', () => {
  it('hangs: is given up at its deadline', async () => {
    answer = () => {};
    const result = await run({ timeout_ms: 100 });
    expect(result).toMatchObject({ ok: false, reason: 'timeout', detail: 'no answer within 100 ms' });
    expect(result.ms).toBeLessThan(1000);
    expect(requests).toHaveLength(1);
  });

  it('sends a byte at a time: is given up at its deadline, and its connection closed', async () => {
    let drip: NodeJS.Timeout | undefined;
    let closed: Promise<unknown> | undefined;
    answer = (request, response) => {
      closed = closeOf(request);
      response.write('[');
      drip = setInterval(() => response.write('1,'), 5);
    };
    expect(await run({ timeout_ms: 100 })).toMatchObject({ ok: false, reason: 'timeout' });
    await closed;
    clearInterval(drip);
  });

  it('sends 10 MB: is cut off while it sends', async () => {
    let sent = 0;
    let closed: Promise<unknown> | undefined;
    answer = (request, response) => {
      closed = closeOf(request);
      const more = () => {
        while (sent < 10_000_000 && !response.destroyed) {
          sent += 10_000;
          if (!response.write('x'.repeat(10_000))) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    };
    expect(await run()).toMatchObject({ ok: false, reason: 'too_large' });
    await closed;
    expect(sent).toBeLessThan(10_000_000);
  });

  it('announces 10 MB: is not read at all', async () => {
    answer = (_, response) => void response.writeHead(200, { 'content-length': 10_000_000 }).write('x');
    expect(await run()).toMatchObject({ ok: false, reason: 'too_large' });
  });

  it('lies about JSON', async () => {
    answer = (_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('<html>sorry</html>');
    expect(await run()).toMatchObject({
      ok: false,
      reason: 'bad_answer',
      detail: 'did not answer with JSON',
    });
  });

  it('answers another JSON than it declared', async () => {
    const answer_schema = { type: 'object', properties: { ok: { type: 'string' } }, required: ['ok'] };
    expect(await run({ answer_schema })).toMatchObject({
      ok: false,
      reason: 'bad_answer',
      detail: 'answer/ok must be string',
    });
  });

  it('redirects elsewhere: nobody there is asked, and no secret leaves', async () => {
    const { port } = elsewhere.address() as AddressInfo;
    answer = (_, response) => response.writeHead(302, { location: `http://127.0.0.1:${port}/steal` }).end();
    expect(await run({ headers: { 'x-key': '{{key}}' } })).toMatchObject({
      ok: false,
      reason: 'not_allowed',
    });
    expect(strays).toBe(0);
  });

  it('redirects in circles', async () => {
    answer = (request, response) => response.writeHead(302, { location: request.url }).end();
    expect(await run()).toMatchObject({ ok: false, reason: 'failed' });
    expect(requests).toHaveLength(4);
  });

  it('redirects on its own host: a GET follows, a POST does not', async () => {
    answer = (request, response) => {
      if (request.url === '/new') response.end('{"moved": true}');
      else response.writeHead(301, { location: '/new' }).end();
    };
    expect(await run()).toMatchObject({ ok: true, output: { moved: true } });
    expect(await run({ method: 'POST' })).toMatchObject({ ok: false, reason: 'not_allowed' });
  });

  it('fails once and then answers: is asked again', async () => {
    answer = (_, response) => {
      response.statusCode = requests.length === 1 ? 500 : 200;
      response.end('{"try": 2}');
    };
    expect(await run()).toMatchObject({ ok: true, output: { try: 2 } });
  });

  it('drops the connection once and then answers: is asked again', async () => {
    answer = (request, response) => {
      if (requests.length === 1) request.socket.destroy();
      else response.end('{"try": 2}');
    };
    expect(await run()).toMatchObject({ ok: true, output: { try: 2 } });
  });

  it('fails while changing something: is not asked again', async () => {
    answer = (_, response) => response.writeHead(500).end();
    expect(await run({ method: 'POST' })).toMatchObject({
      ok: false,
      reason: 'failed',
      detail: 'answered with status 500',
    });
    expect(requests).toHaveLength(1);
  });

  it('knows no such thing: is not asked again', async () => {
    answer = (_, response) => response.writeHead(404).end();
    expect(await run()).toMatchObject({ ok: false, detail: 'answered with status 404' });
    expect(requests).toHaveLength(1);
  });

  it('is not there: says so without saying what was asked', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    const open = { hosts: allowedHosts(`127.0.0.1:${port}`), secrets: rules.secrets };
    const away = compileTool(
      toolDeclaration.parse({
        name: 'away',
        description: 'Nobody listens.',
        url: `http://127.0.0.1:${port}/?q={q}`,
        headers: { 'x-key': '{{key}}' },
        arguments: { type: 'object', properties: { q: { type: 'string' } }, required: ['q'] },
      }),
      open,
      [],
    );
    const result = await runTool(away!, { q: 'my pin is 1234' }, { rules: open });
    expect(result).toMatchObject({
      ok: false,
      reason: 'failed',
      detail: 'could not be reached (ECONNREFUSED)',
    });
    expect(JSON.stringify(result)).not.toMatch(/1234|s3cr3t/);
  });
});

describe('the end of a call', () => {
  it('ends its tools at once', async () => {
    const call = new AbortController();
    answer = () => call.abort();
    const result = await runTool(tool(), { id: 7 }, { rules, signal: call.signal });
    expect(result).toMatchObject({ ok: false, reason: 'failed', detail: 'the call ended' });
    expect(result.ms).toBeLessThan(900);
  });

  it('starts none afterwards', async () => {
    const result = await runTool(tool(), { id: 7 }, { rules, signal: AbortSignal.abort() });
    expect(result).toMatchObject({ ok: false, reason: 'failed', detail: 'the call ended' });
    expect(requests).toHaveLength(0);
  });
});
