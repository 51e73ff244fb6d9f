import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { RequestError } from './api-error.ts';
import { type Fault, type FaultBook, faultSchema } from './faults.ts';
import type { FrameDelays } from './frame-delays.ts';
import { type Reply, readJson } from './http/reply.ts';
import type { Report } from './report.ts';
import { changedScript, defaultScript, type Script, scriptPatchSchema } from './script.ts';
import type { TapeDeck } from './tape/tape-deck.ts';

/** What the control endpoint may see and turn. */
export interface Controls {
  script: () => Script;
  setScript: (script: Script) => void;
  faults: FaultBook;
  addFault: (fault: Fault) => string;
  report: Report;
  counts: ReadonlyMap<string, number>;
  delays: FrameDelays;
  tape: TapeDeck;
  sessions: () => { live: number; total: number; ids: string[] };
  reset: () => void;
}

/**
 * The emulator's own endpoint, `/emulator/…`: what it says, what goes wrong, and what truly happened.
 * It asks for no key: it is meant for tests on the same machine.
 */
export class ControlRoutes {
  readonly #controls: Controls;

  constructor(controls: Controls) {
    this.#controls = controls;
  }

  /** @throws {RequestError} 400 with what is wrong, 404 for other paths */
  async answer(request: IncomingMessage, url: URL): Promise<Reply> {
    const { script, setScript, faults, addFault, report, delays, tape, reset } = this.#controls;
    const route = `${request.method} ${url.pathname.replace(/\/$/, '')}`;
    switch (route) {
      case 'GET /emulator':
      case 'GET /emulator/state':
        return { json: this.#state() };
      case 'GET /emulator/script':
        return { json: script() };
      case 'PUT /emulator/script':
        setScript(changedScript(defaultScript, parsed(scriptPatchSchema, await readJson(request))));
        return { json: script() };
      case 'PATCH /emulator/script':
        setScript(changedScript(script(), parsed(scriptPatchSchema, await readJson(request))));
        return { json: script() };
      case 'GET /emulator/faults':
        return { json: { faults: faults.list() } };
      case 'POST /emulator/faults': {
        const list = parsed(z.union([faultSchema, z.array(faultSchema)]), await readJson(request));
        return { status: 201, json: { ids: (Array.isArray(list) ? list : [list]).map(addFault) } };
      }
      case 'DELETE /emulator/faults':
        faults.clear();
        return { json: { faults: [] } };
      case 'GET /emulator/report': {
        const sessionId = url.searchParams.get('session') ?? undefined;
        const responseId = url.searchParams.get('response') ?? undefined;
        return {
          json: {
            responses: report.list({
              ...(sessionId === undefined ? {} : { sessionId }),
              ...(responseId === undefined ? {} : { responseId }),
            }),
          },
        };
      }
      case 'POST /emulator/delays':
        return { json: delays.take() };
      case 'GET /emulator/tape':
        return { json: tape.state() };
      case 'PUT /emulator/tape':
        // Line by line: the tape of a long call is larger than any script.
        await tape
          .load(createInterface({ input: request, crlfDelay: Number.POSITIVE_INFINITY }))
          .catch((error: Error) => {
            throw new RequestError(error.message, { code: 'invalid_tape' });
          });
        return { json: tape.state() };
      case 'POST /emulator/tape/on':
        tape.goOn();
        return { json: tape.state() };
      case 'DELETE /emulator/tape':
        tape.eject();
        return { json: tape.state() };
      case 'POST /emulator/reset':
        reset();
        return { json: this.#state() };
      default:
        throw new RequestError(`Invalid URL (${request.method} ${url.pathname})`, { status: 404 });
    }
  }

  #state() {
    const { sessions, counts, faults, script } = this.#controls;
    return {
      emulator: 'voice-jib-jab',
      sessions: sessions(),
      events: Object.fromEntries(counts),
      faults: faults.list(),
      script: script(),
    };
  }
}

/** A wrong script or fault must not half work: all that is wrong is listed, and nothing changes. */
function parsed<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new RequestError(z.prettifyError(result.error), { code: 'invalid_script' });
}
