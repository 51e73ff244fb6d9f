/** Of callers and of the simulated voice service, p99, ms: when either was later, a run says nothing of what is between. */
export const maxLagMs = 30;

/**
 * The same while callers connect, of which nothing else is left out than the time to connect. All sockets of a burst are
 * opened in one turn of the bench's loop, and of so short a time p99 is the longest turn: 5 to 60 ms of bursts of 200 to
 * 500, which take 100 to 300 ms. What is above this is more than the burst itself.
 */
export const maxConnectLagMs = 100;
