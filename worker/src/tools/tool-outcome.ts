export type ToolFailure =
  | 'timeout'
  | 'bad_arguments'
  /** The host, a redirect or a secret is not among what the operator allows. */
  | 'not_allowed'
  | 'bad_answer'
  | 'too_large'
  /** The host cannot be reached, says an error status, or the call ended. */
  | 'failed';

/** `detail` holds no arguments and no secrets, so it may be logged and told the model. */
export type Failure = { ok: false; reason: ToolFailure; detail: string };

export type Outcome = { ok: true; output: unknown } | Failure;

export function failure(reason: ToolFailure, detail: string): Failure {
  return { ok: false, reason, detail };
}
