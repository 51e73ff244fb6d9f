import { seconds } from '@vjj/shared/metrics.ts';

export const connectSeconds = seconds('vjj_connect_seconds', 'session.start until provider.ready');
export const responseSeconds = seconds(
  'vjj_ttfb_response_seconds',
  'end of the caller’s turn until response.start',
);
export const audioSeconds = seconds(
  'vjj_ttfb_audio_seconds',
  'end of the caller’s turn until the first audio of the lane',
  ['lane'],
);
