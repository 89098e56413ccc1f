// Starts one child on its own PTY, which is its controlling terminal and its stdin, stdout and stderr. Independent of
// time and of why it is run.
//
// We read the output through `cat` and an ordinary pipe. The PTY's descriptor is not close-on-exec when we get it, and
// Node cannot change that: every other child started meanwhile would hold this terminal open, and could read from it.
// So we pass it on and close it synchronously. This also avoids libuv, which before 1.52 takes a short read of a PTY
// for its end. `cat` reads until no process has the terminal open.
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

/** Unknown size, as in Buildbot's worker. Compilers then do not wrap lines. */
const COLUMNS = 0;
const ROWS = 0;
const UNCHANGED_ID = -1;

/**
 * Reads to the end twice: the kernel first checks for data, then whether the terminal is closed, so the last output of
 * a program that prints and ends in between would be missed.
 */
const RELAY = ["cat", "-", "-"];

/**
 * Delay after which a running child whose terminal is closed gets SIGHUP. Without it, SIGHUP might be reported as the
 * cause of death: of two pending signals, the kernel delivers the lower one first.
 */
const HANGUP_DELAY_MS = 100;

export interface PtySourceOptions {
  readonly binding: PtyBinding;
  /** Relays the output. */
  readonly pipes: ChildSource;
  readonly clock: Clock;
}

/** Starts children on PTYs. They get no input from us, and have no separate stderr. */
export function ptySource(options: PtySourceOptions): ChildSource {
  return { spawn: (program) => spawnOnPty(program, options) };
}

function spawnOnPty(program: SpawnRequest, { binding, pipes, clock }: PtySourceOptions): PipedChild {
  // A thread reaps it, perhaps before the relay exists.
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
  const hangUp = () => void relay.child.kill("SIGKILL"); // the relay has our side of the terminal open; without it the child is hung up
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
    // Once it is closed, its name may be reused for an unrelated terminal.
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
  return binding.fork(
    file,
    args,
    env,
    cwd,
    COLUMNS,
    ROWS,
    UNCHANGED_ID,
    UNCHANGED_ID,
    false,
    binding.helperPath ?? "",
    onExit,
  );
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
    relay.child.once("error", () => {}); // reported by the missing pid
    relay.stderr?.stream.resume(); // only says that the terminal is closed
    if (relay.child.pid !== undefined) return relay;
    relay.release();
    throw new Error("cannot run cat, which relays the output of a PTY");
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
    return []; // not mounted in the usual place: processes that have it open cannot be found
  }
}

function signalCalled(number: number): SignalName {
  const known = Object.entries(constants.signals).find(([, one]) => one === number)?.[0];
  return (known ?? `SIG${number}`) as SignalName;
}
