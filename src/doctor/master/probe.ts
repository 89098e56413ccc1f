// The interface of probing a master, independent of the protocol: the probe ends with the master's greeting, or as soon as
// the login succeeds, before the master considers the worker attached.
import type { Socket } from "node:net";
import type { Clock } from "../../base/clock.ts";
import type { Credentials } from "../../session/pb/index.ts";

/** Limit for the master's greeting, which is sent first. */
export const SILENCE_LIMIT_MS = 30_000;
/** Limit of the login: when the name is in use, a master waits ten seconds for the first worker's answer. */
export const PROBE_LOGIN_LIMIT_MS = 60_000;

export interface Probe {
  /** Owned by the probe, and destroyed at its end. */
  readonly socket: Socket;
  /** The master's address. */
  readonly shown: string;
  /** Undefined: end after the greeting. */
  readonly credentials: Credentials | undefined;
  readonly clock: Clock;
  /** Ends the probe. */
  readonly signal: AbortSignal;
  /** Called when bytes arrive. */
  readonly onBytes: () => void;
}

export type ProbeWelcome = "greeted" | "logged in";
