import { durationMs, rms } from '@vjj/shared/audio.ts';
import type { ClientMessage, ServerMessage, ServerMessageType } from '@vjj/shared/protocol/messages.ts';
import type { Browser, BrowserContextOptions, FrameLocator, Locator, Page } from 'playwright-core';
import type { PlaybackStats } from '../../client/src/audio/playback-queue.ts';
import { waitFor } from '../src/wait-for.ts';

type MessageOf<T extends ServerMessageType> = ServerMessage & { type: T };

/** Of what the loudspeaker plays. */
export const samplesPerMs = 24;
/** Long enough for a busy machine, ms; whoever waits longer waits for something that does not come. */
const waitLimitMs = 20_000;
/** Sent microphone audio above this is speech, 0–32,768; the recording's silence is far below. */
const speechRms = 500;

/** What the page remembers of the moment its caller interrupted. */
export interface Interruption {
  playedBefore: number;
  playedAtAck: number;
}

export interface MicrophoneTrack {
  asked: { echoCancellation?: boolean };
  got: { echoCancellation?: boolean };
  state: 'live' | 'ended';
}

/** A caller who uses the page in a browser: presses, types, and looks at what is shown. */
export class PageCaller implements AsyncDisposable {
  readonly page: Page;
  /** Text messages the page received, in order. */
  readonly messages: ServerMessage[] = [];
  /** Errors and warnings of the console (a breach of the content policy is one), and uncaught errors. */
  readonly problems: string[] = [];
  /** Types of the text messages the page has sent. */
  readonly sent = new Set<string>();
  /** Speech the page has sent from the microphone, ms. */
  spokenMs = 0;

  /** Where the voice page is: all of what the browser shows, or a frame in it. */
  readonly #view: Page | FrameLocator;

  private constructor(page: Page, view: Page | FrameLocator = page) {
    this.page = page;
    this.#view = view;
    page.setDefaultTimeout(waitLimitMs);
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('console', (line) => {
      if (['error', 'warning'].includes(line.type())) this.problems.push(line.text());
    });
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => {
        if (typeof payload === 'string') this.messages.push(JSON.parse(payload) as ServerMessage);
      });
      socket.on('framesent', ({ payload }) => {
        if (typeof payload === 'string') this.sent.add((JSON.parse(payload) as ClientMessage).type);
        else if (rms(payload) > speechRms) this.spokenMs += durationMs(payload.length);
      });
    });
  }

  /** Opens the page and waits until one can speak. */
  static async connected(
    browser: Browser,
    url: string,
    options?: BrowserContextOptions,
  ): Promise<PageCaller> {
    const caller = await PageCaller.opened(browser, url, options);
    await caller.shows('connection-state', 'live');
    return caller;
  }

  /** Opens the page. */
  static async opened(
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
  ): Promise<PageCaller> {
    const context = await browser.newContext({ permissions: ['microphone'], ...options });
    const caller = new PageCaller(await context.newPage());
    await caller.page.goto(url);
    return caller;
  }

  /** Opens the page of somebody else, who has the voice page in a frame. */
  static async framed(browser: Browser, url: string): Promise<PageCaller> {
    const context = await browser.newContext({ permissions: ['microphone'] });
    const page = await context.newPage();
    const caller = new PageCaller(page, page.frameLocator('iframe'));
    await page.goto(url);
    return caller;
  }

  get talkButton(): Locator {
    return this.part('talk-button');
  }

  part(testId: string): Locator {
    return this.#view.getByTestId(testId);
  }

  ofType<T extends ServerMessageType>(type: T): MessageOf<T>[] {
    return this.messages.filter((message): message is MessageOf<T> => message.type === type);
  }

  /** What really left the loudspeaker. */
  stats(): Promise<PlaybackStats> {
    return this.page.evaluate('window.voiceJibJab.playback.stats');
  }

  isPlaying(): Promise<boolean> {
    return this.page.evaluate('window.voiceJibJab.playback.isPlaying()');
  }

  /** Waits until a part of the page is in a state: its `data-state` or `data-phase`. */
  async shows(testId: string, state: string): Promise<void> {
    const inState = `[data-testid="${testId}"]:is([data-state="${state}"], [data-phase="${state}"])`;
    await this.#view.locator(inState).waitFor();
  }

  /** Waits until the microphone has sent that much more speech. */
  async speaks(ms: number): Promise<void> {
    const wanted = this.spokenMs + ms;
    await this.until(`${ms} ms of speech sent`, () => this.spokenMs >= wanted);
  }

  /** Waits until the conversation shown begins with these turns: `You: …`, `Assistant: …`. */
  async reads(...turns: RegExp[]): Promise<void> {
    await this.until(`shown: ${turns.join(', ')}`, async () => {
      const shown = await this.#view.locator('[data-testid^="turn-"]').allInnerTexts();
      return turns.every((turn, at) => turn.test(shown[at]?.replace(/\n+/, ': ') ?? ''));
    });
  }

  /**
   * Puts a finger on the talk button once one can speak; the function returned lifts it. Nothing is asked of the page
   * before: what a test does in a page counts as done by its user, who may be heard from then on.
   */
  async touchesTheButton(): Promise<() => Promise<void>> {
    const browser = await this.page.context().newCDPSession(this.page);
    const button = async () => {
      const { root } = await browser.send('DOM.getDocument');
      const selector = '[data-testid="talk-button"]:enabled';
      const { nodeId } = await browser.send('DOM.querySelector', { nodeId: root.nodeId, selector });
      return nodeId === 0 ? undefined : nodeId;
    };
    const nodeId = await waitFor('the button is enabled', button);
    const { quads } = await browser.send('DOM.getContentQuads', { nodeId });
    const [left, top, right, , , bottom] = quads[0]!;
    const finger = { x: (left! + right!) / 2, y: (top! + bottom!) / 2 };
    await browser.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [finger] });
    return async () => {
      await browser.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    };
  }

  async types(text: string): Promise<void> {
    await this.part('text-input').fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** Waits until that many answers were played to their end. */
  async hears(answers: number): Promise<void> {
    await this.until(`${answers} answers ended`, () => this.ofType('response.end').length >= answers);
    await this.until('the loudspeaker is silent', async () => !(await this.isPlaying()));
  }

  /** Waits until that much audio was played since the page opened. */
  async played(ms: number): Promise<void> {
    await this.until(`${ms} ms played`, async () => (await this.stats()).playedSamples / samplesPerMs >= ms);
  }

  /**
   * The next worklet of that name cannot be loaded, as when the network goes. Browsers remember that: the same address fails
   * again, in the same context.
   */
  async failsToLoad(name: string): Promise<void> {
    await this.page.evaluate(`{
      const add = Worklet.prototype.addModule;
      let failed;
      Worklet.prototype.addModule = function (url) {
        if (url.includes('${name}')) failed ??= { worklet: this, url };
        const fails = failed?.worklet === this && failed.url === url;
        return fails ? Promise.reject(new DOMException('not loaded', 'AbortError')) : add.call(this, url);
      };
    }`);
  }

  /** The browser asks for leave to use the microphone, which is given when the function returned is called. */
  async holdMicrophoneBack(): Promise<() => Promise<void>> {
    await this.page.evaluate(`{
      const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      const allowed = new Promise((resolve) => { window.allowMicrophone = resolve; });
      navigator.mediaDevices.getUserMedia = (wanted) => allowed.then(() => ask(wanted));
    }`);
    return () => this.page.evaluate('window.allowMicrophone()');
  }

  /** What the page asked of the microphone it has open, and what it got. Call it before the microphone opens. */
  async watchMicrophone(): Promise<() => Promise<MicrophoneTrack | undefined>> {
    await this.page.evaluate(`{
      const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (wanted) => {
        const stream = await ask(wanted);
        window.microphoneTrack = stream.getAudioTracks()[0];
        return stream;
      };
    }`);
    return () =>
      this.page.evaluate(`{
        const track = window.microphoneTrack;
        track && ({ asked: track.getConstraints(), got: track.getSettings(), state: track.readyState });
      }`);
  }

  /** From now on the page notes what was played when the button went down, and when the server had heard of it. */
  async watchInterruption(): Promise<() => Promise<Interruption>> {
    await this.page.evaluate(`{
      const { call, playback } = window.voiceJibJab;
      const seen = window.interruption = {};
      const note = (name) => { seen[name] = playback.stats.playedSamples; };
      addEventListener('pointerdown', () => note('playedBefore'), { capture: true, once: true });
      call.on('user.barge_in.ack', () => note('playedAtAck'));
    }`);
    return () => this.page.evaluate('window.interruption');
  }

  /** @throws with what the page showed, when it does not come about */
  async until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    try {
      await waitFor(what, async () => (await isSo()) || undefined, { limitMs: waitLimitMs });
    } catch (error) {
      const shown = await this.#view.locator('body').innerText();
      const last = this.messages.slice(-8).map((message) => JSON.stringify(message).slice(0, 160));
      throw new Error(`${what}: not so. The page shows:\n${shown}\n${last.join('\n')}`, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }
}
