import type { SystemPackage } from './system-package.ts';

/** The browser of the tests. */
export const chromium: SystemPackage = {
  name: 'Chromium (for the browser tests)',
  programs: [
    ...(process.env.CHROMIUM ? [process.env.CHROMIUM] : []),
    'chromium',
    'chromium-browser',
    'google-chrome',
    'google-chrome-stable',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ],
  packages: { apt: 'chromium', dnf: 'chromium', apk: 'chromium', brew: '--cask chromium' },
};
