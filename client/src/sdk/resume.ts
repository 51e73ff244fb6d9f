/** How long a session is assumed to wait for its caller when the server does not say, ms. */
const defaultResumeWithinMs = 30_000;

/** The session a caller can return to after its connection was lost. */
export class ResumeTicket {
  readonly sessionId: string;
  readonly #token: string | undefined;
  readonly #withinMs: number;

  constructor(ready: {
    sessionId: string;
    resumeToken?: string | undefined;
    resumeWithinMs?: number | undefined;
  }) {
    this.sessionId = ready.sessionId;
    this.#token = ready.resumeToken;
    this.#withinMs = ready.resumeWithinMs ?? defaultResumeWithinMs;
  }

  /** Whether the session still waits, `awayMs` after the connection was lost. */
  isGood(awayMs: number): boolean {
    return this.#token !== undefined && awayMs < this.#withinMs;
  }

  /** The URL that resumes the session after message `seq`. */
  resumeUrl(url: string, seq: number): string {
    const resumed = new URL(url);
    if (this.#token !== undefined) resumed.searchParams.set('resume', this.#token);
    resumed.searchParams.set('seq', String(seq));
    return resumed.href;
  }
}
