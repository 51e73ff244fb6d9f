import { type Browser, chromium as driver } from 'playwright-core';
import { chromium } from '../src/chromium.ts';
import { requireProgram } from '../src/system-package.ts';

/** What a browser does of its own accord on a first start: nothing of it belongs to a test. */
const quiet = [
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
];

/**
 * Starts the real browser, whose microphone hears a recording again and again, from its beginning whenever a page
 * opens it. Who may use the microphone is decided for each context.
 */
export async function launchBrowser(recording: string): Promise<Browser> {
  return driver.launch({
    executablePath: await requireProgram(chromium),
    args: [...quiet, '--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${recording}`],
  });
}
