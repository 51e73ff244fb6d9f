/** Of callers and of the simulated voice service, p99, ms: when either was later, a run says nothing of what is between. */
export const maxLagMs = 30;
