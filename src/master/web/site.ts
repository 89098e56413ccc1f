// The parts of the status page, and what its pages know about the visitor.
import type { HttpBindings } from "@hono/node-server";
import type { Clock } from "../../base/clock.ts";
import type { LoginDelays } from "../login-delays.ts";
import type { WebConfig } from "../master-config.ts";
import type { MasterView } from "../master-view.ts";
import type { ChangeSources } from "../sources/index.ts";
import type { Events } from "./events.ts";
import type { Sessions } from "./sessions.ts";
import type { StaticFiles } from "./static-files.ts";

export interface Site {
  readonly view: MasterView;
  /** As now. */
  readonly config: () => WebConfig;
  readonly clock: Clock;
  readonly log: (sentence: string) => void;
  readonly sessions: Sessions;
  readonly loginDelays: LoginDelays;
  readonly events: Events;
  readonly files: StaticFiles;
  /** Undefined: none are received. */
  readonly hooks: Pick<ChangeSources, "hasHook" | "receive"> | undefined;
  /** Of the master's own commands; undefined if there is none. */
  readonly localToken: string | undefined;
}

/** One request for a page. */
export interface PageVisit {
  readonly masterTitle: string;
  readonly isAdmin: boolean;
  /** Whether a password is configured. */
  readonly canLogIn: boolean;
  /** Whether viewing needs no login. */
  readonly isPublic: boolean;
  readonly formToken: string;
  /** Path and query, to return to after a login. */
  readonly path: string;
  readonly nowMs: number;
  readonly files: StaticFiles;
}

/** The environment of hono's handlers: Node's request and response. */
export interface WebEnv {
  readonly Bindings: HttpBindings;
}
