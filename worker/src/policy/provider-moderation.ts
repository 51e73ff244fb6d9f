import type { Logger } from '@vjj/shared/log.ts';
import { counter, seconds } from '@vjj/shared/metrics.ts';
import { OpenAI } from 'openai';
import type { Moderation as Judgement } from 'openai/resources/moderations';
import { allowed, strictest, type Verdict } from './decision.ts';
import type { Category } from './moderation/category.ts';
import { masked } from './personal-data/find-personal-data.ts';

const model = 'omni-moderation-latest';
/** A turn longer than this is judged by its end. */
const longestText = 8000;
/** After a failure the service is left alone for so long: it may only tighten, and calls go on without it. */
const restMs = 10_000;

/** The service's categories as ours; those of a kind are one. */
const categoryOf: Readonly<Record<keyof Judgement.Categories, Category>> = {
  harassment: 'HARASSMENT',
  'harassment/threatening': 'VIOLENCE_THREATS',
  hate: 'HATE_SPEECH',
  'hate/threatening': 'HATE_SPEECH',
  illicit: 'ILLEGAL_ACTIVITY',
  'illicit/violent': 'ILLEGAL_ACTIVITY',
  'self-harm': 'SELF_HARM',
  'self-harm/instructions': 'SELF_HARM',
  'self-harm/intent': 'SELF_HARM',
  sexual: 'EXPLICIT_CONTENT',
  'sexual/minors': 'EXPLICIT_CONTENT',
  violence: 'VIOLENCE_THREATS',
  'violence/graphic': 'VIOLENCE_THREATS',
};

const moderationSeconds = seconds('vjj_provider_moderation_seconds', 'judging one turn by the voice service');
const failures = counter('vjj_provider_moderation_failures_total', 'turns it did not judge in time');

export interface ProviderModerationSettings {
  apiKey: string;
  baseUrl: string;
  timeoutMs: number;
  log: Logger;
}

/** A second judge, slower and far away. It may only tighten: when it does not answer in time, it has no opinion. */
export class ProviderModeration {
  readonly #client: OpenAI;
  readonly #settings: ProviderModerationSettings;
  #restsUntilMs = 0;

  constructor(settings: ProviderModerationSettings) {
    this.#settings = settings;
    this.#client = new OpenAI({
      apiKey: settings.apiKey || 'none',
      baseURL: settings.baseUrl,
      maxRetries: 0,
    });
  }

  /**
   * Never rejects. Personal data does not leave with the text.
   * @param exceptions rule ids that the agent excepts
   */
  async judge(text: string, exceptions: ReadonlySet<string>): Promise<Verdict> {
    if (Date.now() < this.#restsUntilMs) return allowed;
    const { log, timeoutMs } = this.#settings;
    const endTimer = moderationSeconds.startTimer();
    try {
      const { results } = await this.#client.moderations.create(
        { model, input: masked(text.slice(-longestText)) },
        // The package's own limit does not cover the body.
        { timeout: timeoutMs, signal: AbortSignal.timeout(timeoutMs) },
      );
      endTimer();
      return verdictOf(results, exceptions);
    } catch (error) {
      failures.inc();
      this.#restsUntilMs = Date.now() + restMs;
      const { name, status } = error as Error & { status?: number };
      log.warn(
        { status, err: name },
        'the moderation of the voice service did not answer; going on without it',
      );
      return allowed;
    }
  }
}

function verdictOf(results: readonly Judgement[], exceptions: ReadonlySet<string>): Verdict {
  const flagged = new Set<Category>();
  for (const { categories } of results) {
    for (const [name, isFlagged] of Object.entries(categories)) {
      const category = categoryOf[name as keyof Judgement.Categories];
      if (isFlagged === true && category !== undefined) flagged.add(category);
    }
  }
  const objections = [...flagged]
    .filter((category) => !exceptions.has(`provider:${category}`))
    .map(
      (category): Verdict => ({
        decision: category === 'SELF_HARM' ? 'escalate' : 'refuse',
        reasonCodes: [`MODERATION:${category}`],
        severity: 4,
        rules: [`provider:${category}`],
      }),
    );
  return strictest(objections);
}
