import type { Figures } from './figures.ts';

export const faultKinds = [
  'worker-kill',
  'worker-stop',
  'worker-drain',
  'primary-kill',
  'gateway-kill',
  'gateway-drain',
  'recorder-kill',
  'redis-stop',
  'redis-kill',
  'redis-empty',
  'provider-drop',
  'partition',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** What `npm run chaos` tells the program that measures. */
export interface ChaosPlan {
  /** As it was typed. */
  command: string;
  machine: string;
  date: string;
  seed: number;
  calls: number;
  /** After so long no new fault begins, but those that have not come yet. */
  seconds: number;
  faults: readonly FaultKind[];
  /** Of the load balancer, `ws://…`. */
  url: string;
  emulatorUrl: string;
  /** Turns are short: for runs of less than a minute. */
  isShort: boolean;
}

/** What one driver is told at its start. */
export interface DriverPlan {
  url: string;
  /** Number of its first caller, and how many it has. */
  first: number;
  calls: number;
  seed: number;
  isShort: boolean;
}

export type ToDriver =
  /** Asks how many callers are live. */
  | { type: 'live' }
  /** Silent callers ask something; then: tell the figures when every turn that goes on now is settled. */
  | { type: 'settle'; limitMs: number }
  /** Hang up. */
  | { type: 'end' };

export type FromDriver =
  | { type: 'ready' }
  | { type: 'live'; live: number }
  | { type: 'settled'; figures: Figures }
  /** How often each session was shown what evidence must tell of, see `seen-and-stored.ts`. */
  | { type: 'ended'; seen: Record<string, Record<string, number>> };

/** What `deploy` has done, and what it found in the cluster's books. */
export interface FaultDone {
  /** Which process, and for how long. */
  what: string;
  /** Unix ms. */
  beganAt: number;
  healedAt: number;
}

export interface Books {
  /** Sessions that two owners had at once, by what Redis showed. */
  doubleOwners: string[];
  /** How often all sessions were looked at. */
  ownershipLooks: number;
  /** What `npm run audit -- verify` found, and what is in a spill and not stored. */
  findings: string[];
  /** All events of the trail, by `npm run audit -- export`. */
  auditFile: string;
  /** What is left of calls that are over, by what it is. */
  leaks: Record<string, number>;
}

export type ToDeploy =
  | { type: 'fault'; kind: FaultKind; pick: number }
  /** Nothing has happened yet: remember what idle processes hold. */
  | { type: 'calls-begin' }
  /** All calls are over. */
  | { type: 'close-books' }
  | { type: 'report'; report: unknown };
