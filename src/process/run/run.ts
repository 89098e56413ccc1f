// One run of a program: output as it arrives, deadlines, and ways to end it early. Knows no master and no text.
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
  openTree,
  type RunTree,
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
   * How it ended. A run is over when the child is reaped and its output is closed; one that was killed, when none of
   * its processes is running, or the rest cannot be killed.
   */
  readonly outcome: Promise<RunOutcome>;
  /** Stops reading the output: the child blocks once its pipes are full. */
  pause(): void;
  resume(): void;
  /** Restarts the idle time, after activity other than output on stdout and stderr. */
  noteActivity(): void;
  /** Ends it; no effect if it is over or ending. */
  interrupt(reason: InterruptReason): void;
  /** Ends it without grace, even if it is already ending. */
  kill(): void;
}

/** How long a process may take to end after the interrupt signal before it is abandoned. */
export const BACKUP_TIMEOUT_MS = 5000;

/** How long to wait after SIGKILL for output in the relay, which leftover processes may keep open. */
const RELAY_TIMEOUT_MS = 1000;
/**
 * The same after another signal; a program that ignores it then has the rest of BACKUP_TIMEOUT_MS to react to SIGHUP.
 */
const HANGUP_TIMEOUT_MS = BACKUP_TIMEOUT_MS - RELAY_TIMEOUT_MS;

/** No process has that pid. */
const NO_PID = 0;

/** Interval of scans, during the grace time, for remaining processes of a run whose child is gone. */
const GRACE_POLL_MS = 250;
/** Minimum interval as a multiple of the duration of a scan. */
const GRACE_POLL_LOOKS = 10;

/** Starts a run; a failure to start is its outcome. */
export function startRun(request: RunRequest): Run {
  return spawnRun(request, announce(request));
}

/**
 * The same without blocking, if there is a launcher; the run may have ended when this resolves. Resolves to undefined
 * when nothing was started and `isWanted` returns false.
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

/** For a program that was started after this call or not at all. */
function sweepUnknown({ clock, cookie }: RunRequest): SweepUnknown {
  const startTicks = ticksNow();
  return async (outputInodes) => {
    if (startTicks === undefined) return;
    const tree = openTree({ clock, leaderPid: NO_PID, startTicks, cookie, outputInodes });
    await sweep(tree, clock);
    tree.release();
  };
}

function programOf({ argv, batch, cwd, env, cookie, stdin }: RunRequest): SpawnRequest {
  return { argv, batch, cwd, env: withCookie(env, cookie), withInput: stdin !== undefined && stdin.length > 0 };
}

function runOf(piped: PipedChild, request: RunRequest, announced: SupervisedCommand | undefined): Run {
  const tree = treeOf(piped, request, announced);
  if (tree === undefined) request.supervisor?.dismiss(announced);
  return new ChildRun(request, piped, tree);
}

/** Everything that must be set up before a process can start others, or we can be killed. */
function treeOf(
  { child, tree: ownTree, notBeforeTicks, isPreferredVictim, outputInodes }: PipedChild,
  request: RunRequest,
  announced: SupervisedCommand | undefined,
): RunTree | undefined {
  const { pid: leaderPid } = child;
  if (leaderPid === undefined || ownTree !== undefined) return ownTree;
  const { clock, cookie, hidesNames, supervisor } = request;
  const controlGroup = supervisor?.controlGroups?.place(leaderPid);
  const tree = openTree({
    clock,
    leaderPid,
    notBeforeTicks,
    cookie,
    controlGroup,
    hidesNames,
    outputInodes,
  });
  supervisor?.enlist(tree, announced);
  // Children that it started before it was moved are still in our group.
  if (controlGroup !== undefined) for (const { pid } of tree.startedAlready?.() ?? []) controlGroup.add(pid);
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
  readonly #tree: RunTree | undefined;
  readonly #deadlines: Deadlines;
  readonly #beganMs: number;
  #exit: RunEnd | undefined;
  #killedFor: KillReason | undefined;
  /** It will be killed, but its processes are examined first. */
  #isBeingExamined = false;
  #inGrace = false;
  #killTimer: Timer | undefined;
  #gracePoll: Timer | undefined;
  #relayTimer: Timer | undefined;
  /** After the end of the child, while its output is open. */
  #heldOutput: OpenOutputWait | undefined;
  /** The processes that had it open when the limit expired. */
  #heldBy: readonly ListedProcess[] | undefined;
  /** It was killed because its exit status could no longer be known. */
  #isLost = false;
  #isPaused = false;
  #isEnding = false;
  #settled: RunOutcome | undefined;
  #resolve: (outcome: RunOutcome) => void = () => {};

  constructor(request: RunRequest, piped: PipedChild, tree: RunTree | undefined) {
    this.#request = request;
    this.#piped = piped;
    this.#tree = tree;
    this.#beganMs = request.clock.nowMs();
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
    this.#deadlines.pause();
    this.#heldOutput?.pause();
    this.#outputs.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#deadlines.resume();
    this.#heldOutput?.resume();
    this.#outputs.resume();
  }

  noteActivity(): void {
    this.#deadlines.noteActivity();
  }

  interrupt(reason: InterruptReason): void {
    this.#kill(reason);
  }

  kill(): void {
    if (this.#inGrace || this.#isBeingExamined) this.#sendFinalSignal();
    else this.#kill("interrupted", { graceMs: 0 });
  }

  #feed(): void {
    const { stdin } = this.#piped;
    if (stdin === undefined) return;
    stdin.on("error", () => {}); // EPIPE: it need not read all its input
    stdin.write(this.#request.stdin ?? "", () => stdin.destroy());
  }

  /** The child has ended, but other processes have its output open, or we have not read all of it. */
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
    if (this.#isPaused) this.#heldOutput.pause();
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
      this.#isBeingExamined = true;
      const tree = await reportTree((await this.#tree?.running()) ?? [], { clock });
      if (!this.#isBeingExamined) return; // it is being killed, or has ended
      this.#isBeingExamined = false;
      onExamined(tree);
    }
    this.#signal(graceMs);
  }

  #signal(graceMs: number | undefined): void {
    if (!graceMs) {
      this.#sendFinalSignal();
      return;
    }
    this.#inGrace = true;
    this.#killTimer = this.#request.clock.after(graceMs, () => this.#sendFinalSignal());
    void this.#tree?.signal("SIGTERM");
    this.#endIfOver();
  }

  /**
   * Sends the final signal. Closes pipes only for SIGKILL: after others a program may print, and would die of SIGPIPE.
   */
  #sendFinalSignal(): void {
    this.#killTimer?.cancel();
    this.#gracePoll?.cancel();
    if (this.#isEnding) return;
    const signal = signalOrKill(this.#request.interruptSignal);
    this.#isBeingExamined = false;
    this.#inGrace = false;
    this.#killTimer = this.#request.clock.after(BACKUP_TIMEOUT_MS, () => this.#abandon(signal));
    void this.#tree?.signal(signal);
    if (this.#piped.isRelayed) this.#awaitRelay(signal === "SIGKILL" ? RELAY_TIMEOUT_MS : HANGUP_TIMEOUT_MS);
    else if (signal === "SIGKILL") this.#outputs.drainAndClose();
    this.#piped.stdin?.destroy();
    this.#endIfOver();
  }

  /** The last output is still in the relay. It is complete when the output is closed. */
  #awaitRelay(timeoutMs: number): void {
    this.#outputs.drain();
    this.#relayTimer = this.#request.clock.after(timeoutMs, () => this.#outputs.drainAndClose());
  }

  /** The child may have ended while other processes have its output open. */
  #abandon(signal: SignalName): void {
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
    if (this.#exit === undefined || !this.#outputs.areClosed || this.#isBeingExamined || this.#isEnding) return;
    if (this.#inGrace) void this.#awaitRest();
    else this.#endAsChild(this.#exit);
  }

  /** The child ended after SIGTERM; other processes of the run have the rest of the grace time. */
  async #awaitRest(): Promise<void> {
    const isRunning = await this.#tree?.isRunning();
    if (!this.#inGrace || this.#exit === undefined) return; // the grace time is over
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

  /** The child is gone or abandoned; what remains is to kill other processes, if required. */
  #end(end: RunEnd): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#isBeingExamined = false;
    this.#inGrace = false;
    this.#cancelTimers();
    void this.#cleanUpLeftovers().then((left) => this.#settle(end, left));
  }

  async #cleanUpLeftovers(): Promise<LeftBehind> {
    const { leftovers = "keep", clock } = this.#request;
    if (this.#tree === undefined) return { running: [], killed: [] };
    if (this.#killedFor === undefined && !this.#isLost) return cleanUpLeftovers(this.#tree, leftovers, clock);
    return { running: await sweep(this.#tree, clock), killed: [], unseen: this.#tree.blindSpot };
  }

  #settle(end: RunEnd, { running, killed, unseen }: LeftBehind): void {
    this.#settled = {
      ...end,
      killedFor: this.#killedFor,
      ...(running.length > 0 ? { leftRunning: running } : {}),
      ...(killed.length > 0 ? { leftKilled: killed } : {}),
      ...(this.#heldBy === undefined ? {} : { outputHeldBy: this.#heldBy }),
      ...(unseen === undefined ? {} : { unseen }),
    };
    if (this.#tree !== undefined) this.#request.supervisor?.dismiss(this.#tree);
    // Before the pipes, which another run may reuse at once.
    this.#tree?.release();
    this.#request.onMeasure?.(this.#request.clock.nowMs() - this.#beganMs, this.#tree?.controlGroup);
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
