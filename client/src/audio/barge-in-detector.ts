import { frameMs } from './speech-framer.ts';

/** What the microphone may hear of the agent: its voice, what may be left of it in the room, nothing. */
export type AgentSound = 'speaking' | 'fading' | 'silent';

/** Over the agent, shorter speech is "uh-huh": the caller listens, ms. */
const interruptionMs = 500;
/** When the agent has just ended a "yes" is an answer; a cough or a click is shorter, ms. */
const replyMs = 120;
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

/** Notices that the caller speaks over the agent or right after it, from the level of 20 ms frames. */
export class BargeInDetector {
  #floor = quietest / overFloor;
  #loudMs = 0;
  #playingMs = 0;
  #hasFired = false;

  /** Takes one frame's RMS (0 to 1); true once per stretch of agent speech and what follows, when the caller speaks. */
  hears(rms: number, agent: AgentSound): boolean {
    if (agent !== 'speaking') this.#playingMs = 0;
    if (agent === 'silent') {
      this.#follow(rms, rise);
      this.#begin();
      return false;
    }
    if (agent === 'speaking') {
      if (this.#playingMs === 0) this.#begin();
      this.#playingMs += frameMs;
      if (this.#playingMs <= learnMs) {
        this.#follow(rms, learningRise);
        return false;
      }
    }
    const isLoud = rms > Math.max(quietest, this.#floor * overFloor);
    if (!isLoud) this.#follow(rms, rise);
    // Speech dips between syllables: a quiet frame takes back a loud one instead of all of them.
    this.#loudMs = isLoud ? this.#loudMs + frameMs : Math.max(0, this.#loudMs - frameMs);
    if (this.#hasFired || this.#loudMs < (agent === 'speaking' ? interruptionMs : replyMs)) return false;
    this.#hasFired = true;
    return true;
  }

  #begin(): void {
    this.#loudMs = 0;
    this.#hasFired = false;
  }

  #follow(rms: number, upwards: number): void {
    this.#floor += (rms - this.#floor) * (rms < this.#floor ? fall : upwards);
  }
}
