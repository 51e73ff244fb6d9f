/**
 * Converts PCM16 between sample rates with a polyphase windowed-sinc filter.
 *
 * @param from  rate of `samples`, Hz
 * @param to    wanted rate, Hz
 */
export function resample(samples: Int16Array, from: number, to: number): Int16Array {
  if (from === to) return samples;
  const { phases, taps, up, down } = filterFor(from, to);
  const length = Math.floor((samples.length * up) / down);
  const out = new Int16Array(length);
  const half = taps >> 1;
  for (let n = 0; n < length; n++) {
    const position = n * down;
    const first = Math.floor(position / up) - half + 1;
    const row = (position % up) * taps;
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const at = first + k;
      if (at >= 0 && at < samples.length) sum += (samples[at] ?? 0) * (phases[row + k] ?? 0);
    }
    out[n] = Math.max(-32768, Math.min(32767, Math.round(sum)));
  }
  return out;
}

interface Filter {
  phases: Float64Array;
  taps: number;
  up: number;
  down: number;
}

const filters = new Map<string, Filter>();

/** Zero crossings of the sinc on each side: 16 keep images below −70 dB, far beneath the voice. */
const CROSSINGS = 16;

function filterFor(from: number, to: number): Filter {
  const key = `${from}:${to}`;
  const known = filters.get(key);
  if (known) return known;
  const divisor = greatestCommonDivisor(from, to);
  const up = to / divisor;
  const down = from / divisor;
  // Below the lower of the two Nyquist limits, with room for the transition band.
  const cutoff = 0.94 * Math.min(1, to / from);
  const taps = 2 * Math.ceil(CROSSINGS / cutoff);
  const half = taps >> 1;
  const phases = new Float64Array(up * taps);
  for (let phase = 0; phase < up; phase++) {
    let gain = 0;
    for (let k = 0; k < taps; k++) {
      const x = k - half + 1 - phase / up;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / half);
      const value = Math.abs(x) >= half ? 0 : cutoff * sinc(cutoff * x) * window;
      phases[phase * taps + k] = value;
      gain += value;
    }
    for (let k = 0; k < taps; k++) phases[phase * taps + k] = (phases[phase * taps + k] ?? 0) / gain;
  }
  const filter = { phases, taps, up, down };
  filters.set(key, filter);
  return filter;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
