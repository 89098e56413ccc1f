// Starting one child on a PTY of its own: it leads a session whose terminal that is, and its stdin, stdout and stderr are
// the same. Knows nothing of time or of why it is run.
//
// What it prints comes to us through `cat`, by an ordinary pipe. The kernel's descriptor of a PTY is not close-on-exec
// when we get it, and Node cannot make it so: every child started meanwhile would hold this one's terminal open, and could
// read from it. So we hand it on, and close it, in the breath in which we get it. It also spares us libuv, which before
// 1.52 takes a PTY with a short read for one that is at its end. `cat` reads until nobody has the terminal open any more.
import { closeSync, statSync } from "node:fs";
import { constants } from "node:os";
import type { Clock, Timer } from "../../base/clock.ts";
import {
  type ChildSource,
  nulByteError,
  type PipedChild,
  ReportedChild,
  type SpawnRequest,
  toSpawnable,
} from "../spawn/index.ts";
import { type OutputInode, readSystemLink, type SignalName, signalProcess, ticksNow } from "../tree/index.ts";
import type { ForkedOnPty, PtyBinding } from "./pty-binding.ts";
import { PtyOutput } from "./pty-output.ts";

/** Size of the terminal: unknown, as Buildbot's worker leaves it. Compilers then break no lines. */
const COLUMNS = 0;
const ROWS = 0;
const UNCHANGED_ID = -1;

/**
 * Reads to the end twice: the kernel looks first whether there is something to read, and then whether the terminal is
 * closed, so that a program which prints its last and ends in between is taken for ended before that is read.
 */
const RELAY = ["cat", "-", "-"];

/**
 * How long after its terminal is closed a child that still runs is hung up on. At once, it might be told that SIGHUP had
 * ended it: of two signals on their way, the kernel gives the lower one first.
 */
const HANGUP_DELAY_MS = 100;

export interface PtySourceOptions {
  readonly binding: PtyBinding;
  /** What the output comes through. */
  readonly pipes: ChildSource;
  readonly clock: Clock;
}

/** Starts children on PTYs. They have no stdin of ours, and no stderr of their own. */
export function ptySource(options: PtySourceOptions): ChildSource {
  return { spawn: (program) => spawnOnPty(program, options) };
}

function spawnOnPty(program: SpawnRequest, { binding, pipes, clock }: PtySourceOptions): PipedChild {
  // A thread reaps it, before there is a relay if it is quick.
  const notBeforeTicks = ticksNow();
  const { fd, pid, pty } = fork(program, binding, (code, number) => {
    const signal = number === 0 ? null : signalCalled(number);
    child.noteExit(signal === null ? code : null, signal);
  });
  const child = new ReportedChild(pid);
  const exitStatus = new Promise<number | undefined>((resolve) => {
    child.once("exit", (code: number | null) => resolve(code ?? undefined));
  });
  const inodes = inodesOf(pty);
  const ownSide = readSystemLink(`/proc/self/fd/${fd}`);
  const relay = startRelay({ fd, pid }, pipes);
  const hangUp = () => void relay.child.kill("SIGKILL"); // who has the terminal open, and the other end is closed
  let hangup: Timer | undefined;
  const onClosed = () => {
    hangup = clock.after(HANGUP_DELAY_MS, hangUp);
  };
  const stdout = new PtyOutput({ source: relay.stdout, exitStatus, onClosed });
  const release = () => {
    stdout.destroy();
    hangup?.cancel();
    hangUp();
    relay.release();
  };
  return {
    child,
    notBeforeTicks,
    stdin: undefined,
    stdout,
    stderr: undefined,
    isRelayed: true,
    // Once it is closed, a terminal of the same name may be a stranger's.
    outputInodes: () => (readSystemLink(`/proc/${relay.child.pid}/fd/0`) === ownSide ? inodes : []),
    startError: () => stdout.startError,
    release,
  };
}

function fork(program: SpawnRequest, binding: PtyBinding, onExit: (code: number, signal: number) => void): ForkedOnPty {
  const { argv, cwd, env: variables } = toSpawnable(program);
  const env = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const [file = "", ...args] = argv;
  if (file === "" || [...argv, cwd, ...env].some((text) => text.includes("\0"))) throw nulByteError();
  return binding.fork(file, args, env, cwd, COLUMNS, ROWS, UNCHANGED_ID, UNCHANGED_ID, false, "", onExit);
}

/** Takes over the descriptor. */
function startRelay({ fd, pid }: Pick<ForkedOnPty, "fd" | "pid">, pipes: ChildSource): PipedChild {
  try {
    const relay = pipes.spawn({
      argv: RELAY,
      cwd: "/",
      env: { PATH: "/usr/bin:/bin" },
      withInput: false,
      inheritedInput: fd,
    });
    relay.child.once("error", () => {}); // told by the missing pid
    relay.stderr?.stream.resume(); // that the terminal is closed, which is no news
    if (relay.child.pid !== undefined) return relay;
    relay.release();
    throw new Error("cat cannot be run, through which the output of a PTY comes");
  } catch (error) {
    signalProcess(pid, "SIGKILL");
    throw error;
  } finally {
    closeSync(fd);
  }
}

function inodesOf(pty: string): readonly OutputInode[] {
  try {
    const { dev: device, ino: inode } = statSync(pty);
    return [{ link: pty, device, inode }];
  } catch {
    return []; // not mounted where it should be: then who has it open cannot be told
  }
}

function signalCalled(number: number): SignalName {
  const known = Object.entries(constants.signals).find(([, one]) => one === number)?.[0];
  return (known ?? `SIG${number}`) as SignalName;
}
