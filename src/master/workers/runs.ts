// The commands that run on one worker, by the ids that they have on its connection.
import type { Clock } from "../../base/clock.ts";
import type { CommandRequest } from "../worker-link.ts";
import type { Inflow } from "./inflow.ts";
import { RemoteRun } from "./remote-run.ts";

/** At the same time; a master starts one a build. */
const MOST_COMMANDS = 1000;
/** Sentences on commands that do not run. */
const MOST_PROBLEMS = 20;

export interface RunsOptions {
  readonly clock: Clock;
  readonly inflow: Inflow;
  readonly interrupt: (run: RemoteRun, why: string) => void;
  /** Something odd that does not end the connection. */
  readonly onProblem: (sentence: string) => void;
}

export class Runs {
  readonly #options: RunsOptions;
  readonly #byId = new Map<string, RemoteRun>();
  #nextId = 0;
  #problems = 0;
  #lost: string | undefined;

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  /** Tells the worker by `send`, which rejects when it does not take the command. */
  start(request: CommandRequest, send: (run: RemoteRun) => Promise<unknown>): RemoteRun {
    const { clock, inflow, interrupt } = this.#options;
    const id = String(this.#nextId);
    this.#nextId += 1;
    const onOver = () => void this.#byId.delete(id);
    const run = new RemoteRun({ id, request, inflow, clock, interrupt, onOver });
    if (this.#lost !== undefined) run.lose(this.#lost);
    else if (this.#byId.size === MOST_COMMANDS) run.refuse(`more than ${MOST_COMMANDS} commands run on this worker`);
    else {
      this.#byId.set(id, run);
      send(run).catch((error: unknown) => run.refuse(error instanceof Error ? error.message : String(error)));
    }
    return run;
  }

  /** One that runs. */
  find(id: string): RemoteRun | undefined {
    const run = this.#byId.get(id);
    return run?.isOver === true ? undefined : run;
  }

  /** The worker told of a command that does not run (any more). */
  passOver(what: string): void {
    this.#problems += 1;
    if (this.#problems > MOST_PROBLEMS) return;
    const last = this.#problems === MOST_PROBLEMS ? "; no more of these are told" : "";
    this.#options.onProblem(`sent ${what} for a command that does not run, which is passed over${last}`);
  }

  /** Ends all but those of these builders. */
  refuseBut(builders: ReadonlySet<string>, reason: string): void {
    for (const run of this.#byId.values()) if (!builders.has(run.request.builder)) run.refuse(reason);
  }

  /** The connection is gone. */
  loseAll(reason: string): void {
    this.#lost = reason;
    for (const run of this.#byId.values()) run.lose(reason);
  }
}
