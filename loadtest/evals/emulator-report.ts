/** What the emulator alone knows of its answers; times are Unix ms. */
export interface Answered {
  id: string;
  text: string;
  createdAt: number;
  firstAudioAt: number | null;
  truncations: { audioEndMs: number }[];
  words: { text: string; startMs: number; endMs: number }[];
}

/** The control endpoint of the emulator. */
export class EmulatorControl {
  readonly #url: string;

  constructor(url: string) {
    this.#url = `${url}/emulator`;
  }

  async script(script: Record<string, unknown>): Promise<void> {
    await this.#ask('script', { method: 'PUT', body: JSON.stringify(script) });
  }

  async answers(): Promise<Answered[]> {
    const body = (await this.#ask('report')) as { responses?: Answered[] } | Answered[];
    return Array.isArray(body) ? body : (body.responses ?? []);
  }

  async #ask(path: string, init: RequestInit = {}): Promise<unknown> {
    const response = await fetch(`${this.#url}/${path}`, {
      ...init,
      headers: { 'content-type': 'application/json' },
    });
    if (!response.ok) throw new Error(`the emulator answers ${response.status}: ${await response.text()}`);
    return response.json();
  }
}
