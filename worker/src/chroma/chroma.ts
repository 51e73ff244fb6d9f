import { ChromaClient, ChromaNotFoundError, type Collection } from 'chromadb';

/** What is written or read in one request; the server takes a few thousand at most. */
export const maxBatch = 1000;

/** A server that stands still is given up after this; the slowest honest request takes some 300 ms. */
const requestLimitMs = 5000;

/** Chroma, each request with a limit: the package itself waits for ever for a server that stands still. */
export class Chroma {
  readonly client: ChromaClient;

  /** @param url CHROMA_URL; the client speaks only of hosts and ports */
  constructor(url: string, limitMs = requestLimitMs) {
    const { protocol, hostname, port } = new URL(url);
    const ssl = protocol === 'https:';
    const standard = ssl ? 443 : 80;
    this.client = new ChromaClient({ host: hostname, port: port === '' ? standard : Number(port), ssl });
    // A signal in its options would be one for all requests.
    const api = this.client['apiClient' as never] as ApiClient;
    const { fetch } = api.getConfig();
    api.setConfig({
      fetch: (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(limitMs) }),
    });
  }

  /** The collection, or undefined when there is none of that name. @throws when Chroma cannot be asked */
  async find(name: string): Promise<Collection | undefined> {
    try {
      return await this.client.getCollection({ name });
    } catch (error) {
      if (error instanceof ChromaNotFoundError) return undefined;
      throw error;
    }
  }

  /** Also when it is gone already. @throws when Chroma cannot be asked */
  async remove(name: string): Promise<void> {
    try {
      await this.client.deleteCollection({ name });
    } catch (error) {
      if (!(error instanceof ChromaNotFoundError)) throw error;
    }
  }
}

/** The part of the package's HTTP client that is needed here. */
interface ApiClient {
  getConfig(): { fetch: typeof fetch };
  setConfig(config: { fetch: typeof fetch }): void;
}
