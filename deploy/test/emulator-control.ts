/** Some of a script of the emulator: what the caller is understood to say, and what is answered. */
export interface ScriptPatch {
  heard?: string[];
  answers?: { when?: string; afterTool?: boolean; say?: string; answerMs?: number }[];
  toolCalls?: { when?: string; name: string; arguments?: Record<string, unknown> }[];
  speedUp?: number;
  firstAudioMs?: number;
  transcriptLeadMs?: { min: number; max: number };
  inputTranscriptMs?: number | null;
  inputWordMs?: number;
  transcriptFails?: boolean;
  tokensLeft?: { limit: number; remaining: number; reset_seconds: number } | null;
}

export type Fault = { kind: string; times?: number } & Record<string, unknown>;

/** What the emulator knows of one answer; times are Unix ms. */
export interface ReportedResponse {
  text: string;
  /** All that the caller had said by then, as the conversation had it. */
  callerSaid: string[];
  status: string;
  createdAt: number;
  totalAudioMs: number;
  sentAudioMs: number;
  truncations: { audioEndMs: number }[];
  /** With their true places in the audio. */
  words: { text: string; startMs: number; endMs: number }[];
}

export interface EmulatorState {
  sessions: { live: number; total: number };
  /** How many events of each type were sent. */
  events: Record<string, number>;
}

/** Tells the emulator what to say and what to break, and asks what truly happened. */
export class EmulatorControl {
  readonly #url: string;

  /** @param url of the emulator, without a slash at the end */
  constructor(url: string) {
    this.#url = url;
  }

  /** Replaces the script; what is left out is the default. */
  async script(patch: ScriptPatch): Promise<void> {
    await this.#ask('PUT', 'script', patch);
  }

  async fault(fault: Fault): Promise<void> {
    await this.#ask('POST', 'faults', fault);
  }

  async noFaults(): Promise<void> {
    await this.#ask('DELETE', 'faults');
  }

  state(): Promise<EmulatorState> {
    return this.#ask('GET', 'state');
  }

  /** How many events of that type were sent. */
  async eventCount(type: string): Promise<number> {
    return (await this.state()).events[type] ?? 0;
  }

  async responses(): Promise<ReportedResponse[]> {
    const { responses } = await this.#ask<{ responses: ReportedResponse[] }>('GET', 'report');
    return responses;
  }

  /** The newest answer of all sessions. */
  async lastResponse(): Promise<ReportedResponse> {
    const last = (await this.responses()).at(-1);
    if (last === undefined) throw new Error('the emulator was not asked for an answer yet');
    return last;
  }

  async #ask<T>(method: string, what: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#url}/emulator/${what}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${what}: ${await response.text()}`);
    return response.json() as Promise<T>;
  }
}
