import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from './browser.ts';
import { record } from './browser-recording.ts';
import { cutOff, hindrances } from './page-accessibility.ts';
import { PageCaller, samplesPerMs } from './page-caller.ts';
import { sharedTestbed } from './shared-testbed.ts';

const heard = 'Where does the rhinoceros sleep?';
const answer = 'Under the old tree.';
const callerAsks = /^You: Where does the rhinoceros sleep\?$/;
const agentAnswers = /^Assistant: Under the old tree\.$/;
const longQuestion = 'Tell me the story of the platypus';
const longAnswerMs = 12_000;

const shared = sharedTestbed({
  page: true,
  gateways: 2,
  workers: 2,
  script: { heard: [heard], answers: [{ when: 'story', answerMs: longAnswerMs }, { say: answer }] },
  neverLogged: ['rhinoceros', 'old tree', 'story of the platypus'],
});

/** The loudspeaker tells what it has played this often; a busy machine, later. */
const reportEveryMs = 100;
/** After a press nothing is played any more but what was not told yet; the answer is far longer. */
const silentWithinMs = 3 * reportEveryMs;
/** So much speech is a turn; the recording holds more, ms. */
const turnMs = 500;
const recording = { words: 'Tell me where it sleeps.', silenceMs: 2_500 };
const phone: BrowserContextOptions = { viewport: { width: 360, height: 640 }, hasTouch: true };

const folder = mkdtempSync(join(tmpdir(), 'vjj-browser-'));
const callers: PageCaller[] = [];
let browser: Browser;

beforeAll(async () => {
  const file = join(folder, 'microphone.wav');
  await record(shared.bed.emulatorUrl, recording, file);
  browser = await launchBrowser(file);
});

afterEach(() => {
  expect(callers.splice(0).flatMap(({ problems }) => problems)).toEqual([]);
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function connected(options?: BrowserContextOptions): Promise<PageCaller> {
  const caller = await PageCaller.connected(browser, shared.bed.url, options);
  callers.push(caller);
  return caller;
}

it('who holds the button and speaks is shown what was said, and hears the whole answer', async ({
  annotate,
}) => {
  await using caller = await connected();
  expect(await caller.part('simulated-banner').innerText()).toContain('Simulated');
  const worker = await caller.part('worker').innerText();
  expect((await shared.bed.status()).workers.map(({ id }) => id)).toContain(worker);

  await caller.talkButton.hover();
  await caller.page.mouse.down();
  await caller.speaks(turnMs);
  await caller.shows('talk-panel', 'listening');
  await caller.page.mouse.up();
  await caller.shows('talk-panel', 'speaking');
  await caller.hears(1);

  await caller.reads(callerAsks, agentAnswers);
  await caller.shows('talk-panel', 'idle');
  const { playedSamples, rms, peak, underruns } = await caller.stats();
  const { totalAudioMs } = await shared.emulator.lastResponse();
  expect(playedSamples / samplesPerMs).toBeCloseTo(totalAudioMs, -2);
  expect(rms).toBeGreaterThan(0.02);
  expect(peak).toBeGreaterThan(0.2);
  // A browser that shares two cores with a cluster may stutter; that is no fault of the page.
  await annotate(`${underruns} underruns`);
});

it('who types is understood, and hears and reads the answer', async () => {
  await using caller = await connected();
  await caller.types('And in winter?');
  await caller.hears(1);
  await caller.reads(/^You: And in winter\?$/, agentAnswers);
  expect((await caller.stats()).rms).toBeGreaterThan(0.02);
});

it('with the microphone left open a pause is enough to be answered', async () => {
  await using caller = await connected();
  await caller.part('mode-open-mic').check();
  // The recording goes on over the answer, which is to be heard to its end here.
  await caller.part('barge-in-toggle').uncheck();
  await caller.talkButton.click();
  await caller.shows('talk-panel', 'speaking');
  await caller.hears(1);
  expect(caller.sent.has('audio.commit')).toBe(false);
  await caller.reads(callerAsks, agentAnswers);
  expect((await caller.stats()).rms).toBeGreaterThan(0.02);
});

it('an answer falls silent at once when the button goes down, and the next turn is answered', async () => {
  await using caller = await connected();
  await caller.types(longQuestion);
  await caller.played(1_000);
  const interruption = await caller.watchInterruption();
  await caller.talkButton.hover();
  await caller.page.mouse.down();
  await caller.speaks(turnMs);
  expect(caller.ofType('user.barge_in.ack')).toHaveLength(1);
  const [{ playedBefore, playedAtAck }, { playedSamples }] = await Promise.all([
    interruption(),
    caller.stats(),
  ]);
  expect((playedSamples - playedBefore) / samplesPerMs).toBeLessThan(silentWithinMs);
  expect((playedSamples - playedAtAck) / samplesPerMs).toBeLessThan(reportEveryMs);
  const cuts = async () => (await shared.emulator.lastResponse()).truncations;
  await caller.until('the agent knows what was heard', async () => (await cuts()).length === 1);
  const [cut] = await cuts();
  expect(Math.abs(cut!.audioEndMs - playedSamples / samplesPerMs)).toBeLessThan(silentWithinMs);

  await caller.page.mouse.up();
  await caller.reads(/^You: Tell me/, /^Assistant: .+ — interrupted$/, callerAsks, agentAnswers);
  await caller.until('it is heard', async () => (await caller.stats()).playedSamples > playedSamples);
});

it('everything is done by keyboard: the button is reached, held with Space, and the answer interrupted', async () => {
  await using caller = await connected();
  const { keyboard } = caller.page;
  while ((await caller.page.evaluate('document.activeElement.dataset.testid')) !== 'talk-button')
    await keyboard.press('Tab');
  await keyboard.down('Space');
  await caller.speaks(turnMs);
  await keyboard.up('Space');
  await caller.shows('talk-panel', 'speaking');
  await keyboard.down('Space');
  await caller.shows('talk-panel', 'listening');
  await caller.until('the interruption is heard of', () => caller.ofType('user.barge_in.ack').length > 0);
  expect(await caller.isPlaying()).toBe(false);
  await keyboard.up('Space');
  await caller.reads(callerAsks);
});

it('who keeps the microphone to themselves is told so, and goes on by typing', async () => {
  await using caller = await connected({ permissions: [] });
  await caller.talkButton.hover();
  await caller.page.mouse.down();
  const notice = caller.part('notice').getByText('The microphone is blocked');
  await notice.waitFor();
  await caller.page.mouse.up();
  await caller.part('type-instead').click();
  await caller.page.keyboard.type('Then in words');
  await caller.page.keyboard.press('Enter');
  await caller.reads(/^You: Then in words$/, agentAnswers);
  expect(await notice.isVisible()).toBe(false);
});

it.for(['light', 'dark'] as const)('nothing hinders anybody on a small phone (%s)', async (colorScheme) => {
  // Without movement, so that no colour is looked at while it changes.
  await using caller = await connected({ ...phone, colorScheme, reducedMotion: 'reduce' });
  expect(await hindrances(caller.page)).toEqual([]);
  await caller.types('And in winter?');
  await caller.reads(/^You/, agentAnswers);
  await caller.part('mode-open-mic').check();
  expect(await hindrances(caller.page)).toEqual([]);
  expect(await cutOff(caller.page)).toEqual([]);
  await caller.until('the newest words are in view', async () => {
    const [words, room] = await Promise.all([
      caller.part('turn-agent').boundingBox(),
      caller.part('transcript').boundingBox(),
    ]);
    return words!.y + words!.height <= room!.y + room!.height;
  });
  await caller.talkButton.click({ trial: true });
  await caller.part('event-strip').getByRole('button').click();
  await caller.part('event').first().waitFor();
  expect(await hindrances(caller.page)).toEqual([]);
  expect(await caller.page.evaluate('document.documentElement.scrollWidth')).toBe(phone.viewport!.width);
});
