// One run of a program: output as it comes, deadlines, and the ways to end it before its time. Knows no master, no text
// and no units but bytes and milliseconds.
import type { Timer } from "../../base/clock.ts";
import type { SupervisedCommand } from "../crash-safety/index.ts";
import { reportTree } from "../diagnosis/index.ts";
import {
  beginAsyncSpawn,
  type PipedChild,
  raiseOomScore,
  type SpawnRequest,
  type SweepUnknown,
} from "../spawn/index.ts";
import {
  type ListedProcess,
  ProcessTree,
  type SignalName,
  signalOrKill,
  sweep,
  ticksNow,
  withCookie,
} from "../tree/index.ts";
import { Deadlines } from "./deadlines.ts";
import { cleanUpLeftovers, type LeftBehind } from "./leftover-processes.ts";
import { OpenOutputWait } from "./open-output-wait.ts";
import {
  endOfChild,
  endWithoutStart,
  type InterruptReason,
  type KillReason,
  type RunEnd,
  type RunOutcome,
} from "./run-outcome.ts";
import { RunOutputs } from "./run-outputs.ts";
import type { RunRequest } from "./run-request.ts";

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

/** How long it is waited after SIGKILL for output on its way by another program: some may keep it open for ever. */
const RELAY_TIMEOUT_MS = 1000;
/** The same after another signal: a program that ignores it has the rest of the time to take the hangup of its terminal. */
const HANGUP_TIMEOUT_MS = BACKUP_TIMEOUT_MS - RELAY_TIMEOUT_MS;

/** No process has that number. */
const NOBODY = 0;

/** How often it is looked, while the grace lasts, for what is left of a run whose child is gone. */
const GRACE_POLL_MS = 250;
/** The pause after a look is so many times as long as the look at least. */
const GRACE_POLL_LOOKS = 10;

/** Starts a run; whatever prevents that is its outcome. */
export function startRun(request: RunRequest): Run {
  return spawnRun(request, announce(request));
}

/**
 * The same, while others are served where there is a process that starts it; it may have ended by then. Resolves to undefined
 * when nothing was started and `isWanted` says no by then.
 */
export async function launchRun(request: RunRequest, isWanted: () => boolean): Promise<Run | undefined> {
  const announced = announce(request);
  const launching = request.pipes.launch?.(programOf(request), sweepUnknown(request));
  if (launching === undefined) return spawnRun(request, announced);
  const noteStarted = beginAsyncSpawn();
  let piped: PipedChild | undefined;
  try {
    piped = await launching;
  } catch (error) {
    request.supervisor?.dismiss(announced);
    return isWanted() ? runWithoutChild(request, error) : undefined;
  } finally {
    noteStarted();
  }
  if (piped !== undefined) return runOf(piped, request, announced);
  if (isWanted()) return spawnRun(request, announced);
  request.supervisor?.dismiss(announced);
  return undefined;
}

function spawnRun(request: RunRequest, announced: SupervisedCommand | undefined): Run {
  try {
    return runOf(request.pipes.spawn(programOf(request)), request, announced);
  } catch (error) {
    request.supervisor?.dismiss(announced);
    return runWithoutChild(request, error);
  }
}

function announce({ supervisor, cookie, hidesNames }: RunRequest): SupervisedCommand | undefined {
  supervisor?.prepare();
  return supervisor?.announce({ cookie, hidesNames });
}

/** For one that was started after this call or not at all. */
function sweepUnknown({ clock, cookie }: RunRequest): SweepUnknown {
  const startTicks = ticksNow();
  return async (outputInodes) => {
    if (startTicks === undefined) return;
    const tree = new ProcessTree({ clock, leaderPid: NOBODY, startTicks, cookie, outputInodes });
    await sweep(tree, clock);
    tree.release();
  };
}

function programOf({ argv, cwd, env, cookie, stdin }: RunRequest): SpawnRequest {
  return { argv, cwd, env: withCookie(env, cookie), withInput: stdin !== undefined && stdin.length > 0 };
}

function runOf(piped: PipedChild, request: RunRequest, announced: SupervisedCommand | undefined): Run {
  const tree = treeOf(piped, request, announced);
  if (tree === undefined) request.supervisor?.dismiss(announced);
  return new ChildRun(request, piped, tree);
}

/** All that has to be done about a process before it can start others, or have been killed with us. */
function treeOf(
  { child, notBeforeTicks, isPreferredVictim, outputInodes }: PipedChild,
  request: RunRequest,
  announced: SupervisedCommand | undefined,
): ProcessTree | undefined {
  const { pid: leaderPid } = child;
  if (leaderPid === undefined) return undefined;
  const { clock, cookie, hidesNames, supervisor } = request;
  const controlGroup = supervisor?.controlGroups?.place(leaderPid);
  const tree = new ProcessTree({
    clock,
    leaderPid,
    notBeforeTicks,
    cookie,
    controlGroup,
    hidesNames,
    outputInodes,
  });
  supervisor?.enlist(tree, announced);
  // The child was faster, and they were born in our group.
  if (controlGroup !== undefined) for (const { pid } of tree.startedAlready()) controlGroup.add(pid);
  if (isPreferredVictim !== true) raiseOomScore(leaderPid);
  return tree;
}

function runWithoutChild({ argv, cwd, shownProgram = argv[0] ?? "" }: RunRequest, error: unknown): Run {
  return {
    pid: undefined,
    outcome: Promise.resolve({ ...endWithoutStart(error, shownProgram, cwd), killedFor: undefined }),
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
  readonly #outputs: RunOutputs;
  /** Undefined when there is no child. */
  readonly #tree: ProcessTree | undefined;
  readonly #deadlines: Deadlines;
  #exit: RunEnd | undefined;
  #killedFor: KillReason | undefined;
  /** It is to be ended, but first it is looked what it does. */
  #isExamined = false;
  #inGrace = false;
  #killTimer: Timer | undefined;
  #gracePoll: Timer | undefined;
  #relayTimer: Timer | undefined;
  /** From the end of the child on, while its output is open. */
  #heldOutput: OpenOutputWait | undefined;
  /** Who had it open when that was too long. */
  #heldBy: readonly ListedProcess[] | undefined;
  /** It was ended since nobody could have told how it ends. */
  #isLost = false;
  #isPaused = false;
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
    piped.child.once("error", (error) => this.#end(this.#endWithoutStart(error)));
    piped.child.once("exit", (code, signal) => {
      this.#exit = endOfChild(code, signal);
      this.#tree?.noteLeaderReaped();
      this.#endIfOver();
      if (!this.#outputs.areClosed && this.#killedFor === undefined) this.#awaitOutput();
    });
    piped.child.once("lost", () => this.#endLost());
    this.#outputs = new RunOutputs(piped, {
      onOutput: (name, chunk) => {
        if (this.#settled !== undefined) return;
        this.#deadlines.noteActivity();
        request.onOutput(name, chunk);
      },
      onClosed: () => this.#endIfOver(),
    });
    this.#feed();
  }

  get pid(): number | undefined {
    return this.#piped.child.pid;
  }

  pause(): void {
    this.#isPaused = true;
    this.#deadlines.hold();
    this.#heldOutput?.hold();
    this.#outputs.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#deadlines.letGo();
    this.#heldOutput?.letGo();
    this.#outputs.resume();
  }

  noteActivity(): void {
    this.#deadlines.noteActivity();
  }

  interrupt(reason: InterruptReason): void {
    this.#kill(reason);
  }

  kill(): void {
    if (this.#inGrace || this.#isExamined) this.#strike();
    else this.#kill("interrupted", { graceMs: 0 });
  }

  #feed(): void {
    const { stdin } = this.#piped;
    if (stdin === undefined) return;
    stdin.on("error", () => {}); // EPIPE: it does not read all it is given, as it may
    stdin.write(this.#request.stdin ?? "", () => stdin.destroy());
  }

  /** The child has ended, and others have its output open, or we have not read all of it. */
  #awaitOutput(): void {
    if (this.#tree === undefined) return;
    const { clock, limits, onHeldOutput } = this.#request;
    this.#heldOutput = new OpenOutputWait({
      tree: this.#tree,
      clock,
      lingerLimitMs: limits.lingerLimitMs,
      onHeld: onHeldOutput,
      onTooLong: (holders) => {
        this.#heldBy = holders;
        this.#outputs.drainAndClose();
      },
    });
    if (this.#isPaused) this.#heldOutput.hold();
  }

  #kill(reason: KillReason, { graceMs = this.#request.limits.sigtermGraceMs } = {}): void {
    if (this.pid === undefined || this.#killedFor !== undefined || this.#isEnding) return;
    this.#killedFor = reason;
    this.#deadlines.cancel();
    this.#heldOutput?.cancel();
    this.#request.onKill(reason);
    if (reason === "idle-timeout" || reason === "max-time") void this.#reportTree(graceMs);
    else this.#signal(graceMs);
  }

  async #reportTree(graceMs: number | undefined): Promise<void> {
    const { clock, onExamined } = this.#request;
    if (onExamined !== undefined) {
      this.#isExamined = true;
      const tree = await reportTree((await this.#tree?.running()) ?? [], { clock });
      if (!this.#isExamined) return; // it is being killed, or over
      this.#isExamined = false;
      onExamined(tree);
    }
    this.#signal(graceMs);
  }

  #signal(graceMs: number | undefined): void {
    if (!graceMs) {
      this.#strike();
      return;
    }
    this.#inGrace = true;
    this.#killTimer = this.#request.clock.after(graceMs, () => this.#strike());
    void this.#tree?.signal("SIGTERM");
    this.#endIfOver();
  }

  /** Sends the last signal. Pipes are closed for SIGKILL only: after others a program may print, and would die of SIGPIPE. */
  #strike(): void {
    this.#killTimer?.cancel();
    this.#gracePoll?.cancel();
    if (this.#isEnding) return;
    const signal = signalOrKill(this.#request.interruptSignal);
    this.#isExamined = false;
    this.#inGrace = false;
    this.#killTimer = this.#request.clock.after(BACKUP_TIMEOUT_MS, () => this.#giveUp(signal));
    void this.#tree?.signal(signal);
    if (this.#piped.isRelayed) this.#awaitRelay(signal === "SIGKILL" ? RELAY_TIMEOUT_MS : HANGUP_TIMEOUT_MS);
    else if (signal === "SIGKILL") this.#outputs.drainAndClose();
    this.#piped.stdin?.destroy();
    this.#endIfOver();
  }

  /** The last that was printed is still on its way to us. All of it has come when everybody has closed the output. */
  #awaitRelay(timeoutMs: number): void {
    this.#outputs.drain();
    this.#relayTimer = this.#request.clock.after(timeoutMs, () => this.#outputs.drainAndClose());
  }

  /** The child may have ended, and others still have its output open. */
  #giveUp(signal: SignalName): void {
    this.#outputs.drainAndClose();
    if (this.#exit === undefined) this.#end({ type: "survived", signal });
    else this.#endAsChild(this.#exit);
  }

  #endLost(): void {
    if (this.#isEnding) return;
    this.#isLost = true;
    this.#request.onLost?.();
    void this.#tree?.signal("SIGKILL");
    this.#tree?.noteLeaderReaped();
    this.#outputs.drainAndClose();
    this.#end(endOfChild(null, "SIGKILL"));
  }

  #endIfOver(): void {
    if (this.#exit === undefined || !this.#outputs.areClosed || this.#isExamined || this.#isEnding) return;
    if (this.#inGrace) void this.#awaitRest();
    else this.#endAsChild(this.#exit);
  }

  /** The child took SIGTERM, and what else there is of the run has the rest of the grace to do so. */
  async #awaitRest(): Promise<void> {
    const isRunning = await this.#tree?.isRunning();
    if (!this.#inGrace || this.#exit === undefined) return; // its time is over
    if (isRunning === true) {
      const pollMs = Math.max(GRACE_POLL_MS, GRACE_POLL_LOOKS * (this.#tree?.lookMs ?? 0));
      this.#gracePoll = this.#request.clock.after(pollMs, () => void this.#awaitRest());
    } else this.#endAsChild(this.#exit);
  }

  #endAsChild(exit: RunEnd): void {
    const startError = this.#piped.startError?.();
    this.#end(startError === undefined ? exit : this.#endWithoutStart(startError));
  }

  #endWithoutStart(error: Error): RunEnd {
    const { argv, shownProgram = argv[0] ?? "", cwd } = this.#request;
    return endWithoutStart(error, shownProgram, cwd);
  }

  /** The child is gone, or given up: nothing waits for the rest of the run but its death, if it is to die. */
  #end(end: RunEnd): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#isExamined = false;
    this.#inGrace = false;
    this.#cancelTimers();
    void this.#cleanUpLeftovers().then((left) => this.#settle(end, left));
  }

  async #cleanUpLeftovers(): Promise<LeftBehind> {
    const { leftovers = "keep", clock } = this.#request;
    if (this.#tree === undefined) return { running: [], killed: [] };
    if (this.#killedFor === undefined && !this.#isLost) return cleanUpLeftovers(this.#tree, leftovers, clock);
    return { running: await sweep(this.#tree, clock), killed: [] };
  }

  #settle(end: RunEnd, { running, killed }: LeftBehind): void {
    this.#settled = {
      ...end,
      killedFor: this.#killedFor,
      ...(running.length > 0 ? { leftRunning: running } : {}),
      ...(killed.length > 0 ? { leftKilled: killed } : {}),
      ...(this.#heldBy === undefined ? {} : { outputHeldBy: this.#heldBy }),
    };
    if (this.#tree !== undefined) this.#request.supervisor?.dismiss(this.#tree);
    // Before the pipes, which may be another run's at once.
    this.#tree?.release();
    this.#tree?.controlGroup?.release();
    this.#piped.release();
    if (end.type === "survived") this.#piped.child.unref();
    this.#resolve(this.#settled);
  }

  #cancelTimers(): void {
    const timers = [this.#deadlines, this.#killTimer, this.#gracePoll, this.#relayTimer, this.#heldOutput];
    for (const timer of timers) timer?.cancel();
  }
}
