import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Somebody's site that has the voice page in a frame (`/`), and one of its own making (`/own`). */
export class OtherSite {
  /** Of its pages. */
  readonly origin: string;
  /** The same site by another name is another origin. */
  readonly otherOrigin: string;
  readonly #server: Server;

  private constructor(server: Server) {
    const { port } = server.address() as AddressInfo;
    this.origin = `http://localhost:${port}`;
    this.otherOrigin = `http://127.0.0.1:${port}`;
    this.#server = server;
  }

  /** @param voiceUrl where a gateway is, asked when a page is */
  static async open(voiceUrl: () => string): Promise<OtherSite> {
    const server = createServer(({ url }, response) => {
      const page = url === '/own' ? ownPage(voiceUrl()) : framingPage(voiceUrl());
      response
        .setHeader('Content-Type', 'text/html; charset=utf-8')
        .end(`<!doctype html><title>Shop</title><link rel="icon" href="data:,">${page}`);
    }).listen(0);
    await once(server, 'listening');
    return new OtherSite(server);
  }

  close(): void {
    this.#server.close();
  }
}

const framingPage = (url: string) => `
  <details>
    <summary>Talk to us</summary>
    <iframe src="${url}" title="Voice assistant" loading="lazy" allow="microphone; autoplay" width="390" height="620"></iframe>
  </details>`;

const ownPage = (url: string) => `
  <button>Talk to us</button>
  <output></output>
  <script type="module">
    import { Call, Capture, ChunkBatch, Playback, playCall } from '${new URL('sdk.js', url)}';

    const call = new Call();
    const playback = new Playback();
    playCall(call, playback);
    const chunks = new ChunkBatch(100, (samples) => call.sendAudio(samples));
    const microphone = new Capture(({ samples }) => chunks.add(samples), () => call.end());
    call.on('transcript', ({ text, isFinal }) => {
      if (isFinal) document.querySelector('output').append(text);
    });
    document.querySelector('button').onclick = async () => {
      await microphone.open(await playback.unlock());
      await call.connect('${new URL('ws', url).href.replace(/^http/, 'ws')}');
      call.start({ voiceMode: 'open-mic' });
      await call.next('provider.ready');
      await microphone.start();
    };
    window.voiceJibJab = { playback };
  </script>`;
