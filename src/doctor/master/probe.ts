// What probing a master means, whichever protocol it speaks: it is greeted, or lets a worker in, and the
// conversation ends at that moment, before the master can take anything for a worker that works.
import type { Socket } from "node:net";
import type { Clock } from "../../base/clock.ts";
import type { Credentials } from "../../session/pb/index.ts";

/** A master speaks first; one that says nothing for so long is none. */
export const SILENCE_LIMIT_MS = 30_000;
/** How long a login may take: of two workers of one name a master asks the first for ten seconds. */
export const PROBE_LOGIN_LIMIT_MS = 60_000;

export interface Probe {
  /** Taken over, and destroyed at the end. */
  readonly socket: Socket;
  /** Where the master is. */
  readonly shown: string;
  /** Undefined: only to hear who is there. */
  readonly credentials: Credentials | undefined;
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** The other side has said its first word. */
  readonly onWord: () => void;
}

export type ProbeWelcome = "greeted" | "let in";
