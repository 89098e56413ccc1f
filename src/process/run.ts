// One run of a program: output as it comes, deadlines, and the ways to end it before its time. Knows no master, no text
// and no units but bytes and milliseconds.
import type { Timer } from "../base/clock.ts";
import { withCookie } from "./command-cookie.ts";
import { Deadlines } from "./deadlines.ts";
import { awaitHolders } from "./held-output.ts";
import { signalOrKill } from "./kill-tree-posix.ts";
import type { OutputPipe, PipedChild } from "./piped-child.ts";
import type { ListedProcess } from "./process-list.ts";
import { ProcessTree } from "./process-tree.ts";
import {
  endOfChild,
  endWithoutStart,
  type InterruptReason,
  type KillReason,
  type RunEnd,
  type RunOutcome,
} from "./run-outcome.ts";
import type { OutputName, RunRequest } from "./run-request.ts";
import { sweep } from "./sweep.ts";

export interface Run {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /**
   * How it ended. A run is over when the child is reaped and everybody has closed its output; one that was ended before
   * its time, when nothing of it runs any more, or what does cannot be killed.
   */
  readonly outcome: Promise<RunOutcome>;
  /** Stops reading the output: the child blocks once its pipes are full. */
  pause(): void;
  resume(): void;
  /** Something other than stdout and stderr showed that it is alive: the idle time begins anew. */
  noteActivity(): void;
  /** Ends it; nothing when it is over or being ended. */
  interrupt(reason: InterruptReason): void;
  /** Ends it without any grace, also one that is being ended: nobody waits for what it says. */
  kill(): void;
}

/** How long a process may take to go after the interrupt signal before it is given up. */
export const BACKUP_TIMEOUT_MS = 5000;

/** How often it is looked, while the grace lasts, for what is left of a run whose child is gone. */
const GRACE_POLL_MS = 250;

/** Starts a run; whatever prevents that is its outcome. */
export function startRun(request: RunRequest): Run {
  const { argv, cwd, stdin, shownProgram = argv[0] ?? "" } = request;
  const { env, cookie } = withCookie(request.env);
  request.supervisor?.prepare();
  let piped: PipedChild;
  try {
    piped = request.pipes.spawn({ argv, cwd, env, withInput: stdin !== undefined && stdin.length > 0 });
  } catch (error) {
    return runWithoutChild({ ...endWithoutStart(error, shownProgram, cwd), killedFor: undefined });
  }
  const { child, outputInodes } = piped;
  const tree = child.pid === undefined ? undefined : new ProcessTree({ leaderPid: child.pid, cookie, outputInodes });
  if (tree !== undefined) request.supervisor?.enlist(tree);
  return new ChildRun(request, piped, tree);
}

function runWithoutChild(outcome: RunOutcome): Run {
  return {
    pid: undefined,
    outcome: Promise.resolve(outcome),
    pause() {},
    resume() {},
    noteActivity() {},
    interrupt() {},
    kill() {},
  };
}

class ChildRun implements Run {
  readonly outcome: Promise<RunOutcome>;
  readonly #request: RunRequest;
  readonly #piped: PipedChild;
  /** Undefined when there is no child. */
  readonly #tree: ProcessTree | undefined;
  readonly #deadlines: Deadlines;
  #openOutputs = 2;
  #exit: RunEnd | undefined;
  #killedFor: KillReason | undefined;
  #inGrace = false;
  #killTimer: Timer | undefined;
  #gracePoll: Timer | undefined;
  #heldWatch: Timer | undefined;
  #isEnding = false;
  #settled: RunOutcome | undefined;
  #resolve: (outcome: RunOutcome) => void = () => {};

  constructor(request: RunRequest, piped: PipedChild, tree: ProcessTree | undefined) {
    this.#request = request;
    this.#piped = piped;
    this.#tree = tree;
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    const { clock, limits } = request;
    const { idleTimeoutMs, maxTimeMs } = limits;
    this.#deadlines = new Deadlines({ clock, idleTimeoutMs, maxTimeMs, onExpired: (reason) => this.#kill(reason) });
    piped.child.once("error", (error) =>
      this.#end(endWithoutStart(error, request.shownProgram ?? request.argv[0] ?? "", request.cwd)),
    );
    piped.child.once("exit", (code, signal) => {
      this.#exit = endOfChild(code, signal);
      this.#tree?.noteLeaderReaped();
      this.#endIfOver();
      if (this.#openOutputs > 0 && this.#killedFor === undefined) this.#watchHolders();
    });
    this.#read("stdout", piped.stdout);
    this.#read("stderr", piped.stderr);
    this.#feed();
  }

  get pid(): number | undefined {
    return this.#piped.child.pid;
  }

  pause(): void {
    this.#deadlines.hold();
    this.#piped.stdout.stream.pause();
    this.#piped.stderr.stream.pause();
  }

  resume(): void {
    this.#deadlines.letGo();
    this.#piped.stdout.stream.resume();
    this.#piped.stderr.stream.resume();
  }

  noteActivity(): void {
    this.#deadlines.noteActivity();
  }

  interrupt(reason: InterruptReason): void {
    this.#kill(reason);
  }

  kill(): void {
    if (this.#inGrace) this.#strike();
    else this.#kill("interrupted", { graceMs: 0 });
  }

  #read(name: OutputName, { stream }: OutputPipe): void {
    stream.on("data", (chunk: Buffer) => this.#receive(name, chunk));
    stream.on("error", () => {}); // it closes then, which is all that counts
    stream.once("close", () => {
      this.#openOutputs -= 1;
      this.#endIfOver();
    });
  }

  #receive(name: OutputName, chunk: Buffer): void {
    if (chunk.length === 0 || this.#settled !== undefined) return;
    this.#deadlines.noteActivity();
    this.#request.onOutput(name, chunk);
  }

  #feed(): void {
    const { stdin } = this.#piped;
    if (stdin === undefined) return;
    stdin.on("error", () => {}); // EPIPE: it does not read all it is given, as it may
    stdin.write(this.#request.stdin ?? "", () => stdin.destroy());
  }

  #kill(reason: KillReason, { graceMs = this.#request.limits.sigtermGraceMs } = {}): void {
    if (this.pid === undefined || this.#killedFor !== undefined || this.#isEnding) return;
    this.#killedFor = reason;
    this.#deadlines.cancel();
    this.#heldWatch?.cancel();
    this.#request.onKill(reason);
    if (!graceMs) {
      this.#strike();
      return;
    }
    this.#inGrace = true;
    this.#killTimer = this.#request.clock.after(graceMs, () => this.#strike());
    // It has printed enough; what it says to SIGTERM on stderr may still be told.
    if (reason === "output-limit") this.#piped.stdout.stream.destroy();
    this.#tree?.signal("SIGTERM");
    this.#endIfOver();
  }

  /** Sends the last signal and closes the pipes, so that a child which goes on printing dies of it. */
  #strike(): void {
    const signal = signalOrKill(this.#request.interruptSignal);
    this.#inGrace = false;
    this.#gracePoll?.cancel();
    this.#killTimer = this.#request.clock.after(BACKUP_TIMEOUT_MS, () => this.#end({ type: "survived", signal }));
    this.#tree?.signal(signal);
    this.#closeOutput("stdout", this.#piped.stdout);
    this.#closeOutput("stderr", this.#piped.stderr);
    this.#piped.stdin?.destroy();
    this.#endIfOver();
  }

  /** Takes what was printed up to now, which costs no waiting, and closes our end. */
  #closeOutput(name: OutputName, pipe: OutputPipe): void {
    if (this.#killedFor !== "output-limit") {
      while (pipe.stream.read() !== null); // emits what a paused stream had read already
      this.#receive(name, pipe.readRest());
    }
    pipe.stream.destroy();
  }

  #endIfOver(): void {
    this.#gracePoll?.cancel();
    if (this.#exit === undefined || this.#openOutputs > 0 || this.#isEnding) return;
    if (this.#inGrace && this.#tree?.isRunning() === true) {
      this.#gracePoll = this.#request.clock.after(GRACE_POLL_MS, () => this.#endIfOver());
    } else {
      this.#end(this.#exit);
    }
  }

  /** The child is gone, or given up: nothing waits for the rest of the run but its death, if it is to die. */
  #end(end: RunEnd): void {
    this.#isEnding = true;
    this.#inGrace = false;
    this.#cancelTimers();
    if (this.#tree === undefined) this.#settle(end, []);
    else if (this.#killedFor === undefined) this.#settle(end, this.#tree.leftInSession());
    else void sweep(this.#tree, this.#request.clock).then((left) => this.#settle(end, left));
  }

  #settle(end: RunEnd, leftRunning: readonly ListedProcess[]): void {
    if (this.#settled !== undefined) return;
    this.#settled = { ...end, killedFor: this.#killedFor, ...(leftRunning.length > 0 ? { leftRunning } : {}) };
    this.#cancelTimers();
    if (this.#tree !== undefined) this.#request.supervisor?.dismiss(this.#tree);
    this.#piped.release();
    if (end.type === "survived") this.#piped.child.unref();
    this.#resolve(this.#settled);
  }

  #cancelTimers(): void {
    this.#deadlines.cancel();
    this.#killTimer?.cancel();
    this.#gracePoll?.cancel();
    this.#heldWatch?.cancel();
  }

  #watchHolders(): void {
    const { clock, onHeldOutput } = this.#request;
    if (this.#tree === undefined || onHeldOutput === undefined) return;
    this.#heldWatch = awaitHolders({ tree: this.#tree, clock, onHeld: onHeldOutput });
  }
}
