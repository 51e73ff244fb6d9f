/** The question must not hold up the answer "it cannot be reached", ms. */
const readyTimeoutMs = 3_000;

export interface NotReady {
  /** Id of the server's error table. */
  code: string;
  text: string;
}

export interface Readiness {
  /** False when not even HTTP was answered: the network, or nothing runs there. */
  reachable: boolean;
  ready: boolean;
  /** Why it is not ready, as the server says it. */
  reasons: NotReady[];
}

/**
 * Asks `GET /ready` on the host of a WebSocket URL. A browser hides the HTTP status of a refused upgrade;
 * this is how a caller learns that all is full, rather than that "something" failed.
 */
export async function askReadiness(webSocketUrl: string): Promise<Readiness> {
  const url = new URL('/ready', webSocketUrl);
  url.protocol = url.protocol === 'wss:' ? 'https:' : 'http:';
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(readyTimeoutMs) });
    const body: unknown = await response.json().catch(() => undefined);
    return { reachable: true, ready: response.ok, reasons: reasonsIn(body) };
  } catch {
    return { reachable: false, ready: false, reasons: [] };
  }
}

function reasonsIn(body: unknown): NotReady[] {
  if (typeof body !== 'object' || body === null || !('reasons' in body)) return [];
  return Array.isArray(body.reasons) ? body.reasons.filter(isReason) : [];
}

function isReason(value: unknown): value is NotReady {
  if (typeof value !== 'object' || value === null || !('code' in value) || !('text' in value)) return false;
  return typeof value.code === 'string' && typeof value.text === 'string';
}
