import { frameMs } from './speech-framer.ts';

/** Speech must last so long to count: a cough or a click is shorter, ms. */
const onsetMs = 120;
/** After the agent begins to speak, time to learn how loud its echo is, ms. */
const learnMs = 200;
/** Speech is so many times louder than what the microphone hears of the room and of the agent. */
const overFloor = 3;
/** Nothing quieter counts, whatever the floor; root mean square, 0 to 1 (about −38 dB). */
const quietest = 0.012;
/** How fast the floor follows, per frame: down with the room, up slowly so that speech does not become floor. */
const fall = 0.3;
const rise = 0.02;
/** While learning the echo the floor may rise fast. */
const learningRise = 0.5;

/** Notices that the caller begins to speak while the agent is speaking, from the level of 20 ms frames. */
export class BargeInDetector {
  #floor = quietest / overFloor;
  #loudMs = 0;
  #playingMs = 0;
  #hasFired = false;

  /** Takes one frame's RMS (0 to 1); true once per stretch of agent speech, when the caller speaks over it. */
  hears(rms: number, isAgentSpeaking: boolean): boolean {
    if (!isAgentSpeaking) {
      this.#follow(rms, rise);
      this.#playingMs = 0;
      this.#loudMs = 0;
      this.#hasFired = false;
      return false;
    }
    this.#playingMs += frameMs;
    if (this.#playingMs <= learnMs) {
      this.#follow(rms, learningRise);
      return false;
    }
    const isLoud = rms > Math.max(quietest, this.#floor * overFloor);
    if (!isLoud) this.#follow(rms, rise);
    // Speech dips between syllables: a quiet frame takes back a loud one instead of all of them.
    this.#loudMs = isLoud ? this.#loudMs + frameMs : Math.max(0, this.#loudMs - frameMs);
    if (this.#hasFired || this.#loudMs < onsetMs) return false;
    this.#hasFired = true;
    return true;
  }

  #follow(rms: number, upwards: number): void {
    this.#floor += (rms - this.#floor) * (rms < this.#floor ? fall : upwards);
  }
}
