// Anonymous pipes of the kernel for Node, which can make none: a shell makes them for a pipeline of its own, we keep the
// way to them (/proc/self/fd of an O_PATH descriptor) and open them as often as wanted. Linux only; knows no children.
//
// Not FIFOs made with mkfifo, though those could be opened just so: opening a FIFO again waits for the other side, so
// `cat /dev/stdin` would hang where the end of the input is long past. A pipe never waits, and needs no directory.
import { spawn } from "node:child_process";
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { errorCode } from "../../base/error-code.ts";
import { isLinux } from "../../base/platform.ts";
import { childrenOf, readProcess, readSystemLink } from "../tree/index.ts";

/** A descriptor (O_PATH) that names a pipe but counts as neither its reader nor its writer. */
export type Pipe = number;

/** `O_PATH` of Linux (asm-generic/fcntl.h), which node:fs does not export. */
const O_PATH = 0o10000000;

const ONE_BYTE = Buffer.alloc(1);
const NEWLINE = Buffer.from("\n");

/** How long the shell may take to set up its pipeline, which blocks us: usually 3 ms. */
const SHELL_DEADLINE_MS = 1000;
const SHELL_POLL_MS = 0.5;

/** Makes `count` pipes, at least one, blocking for a few milliseconds. Throws where they cannot be had. */
export function makePipes(count: number): Pipe[] {
  if (!isLinux) throw new Error("only Linux lets Node have pipes");
  // Every stage waits for the end of the shell's stdin, and so goes when we do, however we go.
  const pipeline = Array.from({ length: count + 1 }, () => "read line <&3").join(" | ");
  const shell = spawn("/bin/sh", ["-c", `exec 3<&0; ${pipeline}`], {
    cwd: "/",
    env: {},
    stdio: ["pipe", "ignore", "ignore"],
  });
  shell.on("error", () => {}); // told by the missing pid
  if (shell.pid === undefined) throw new Error("/bin/sh cannot be run");
  shell.stdin.on("error", () => {}); // nothing is written
  const pipes: Pipe[] = [];
  try {
    for (const pid of awaitWriters(shell.pid, count)) pipes.push(openPath(`/proc/${pid}/fd/1`));
    return pipes;
  } catch (error) {
    for (const pipe of pipes) closeSync(pipe);
    throw error;
  } finally {
    shell.stdin.destroy();
  }
}

/** The pipe of an end that is open. */
export function pipeOf(end: number): Pipe {
  return openPath(through(end));
}

/** A child's end of a pipe, blocking as programs expect of it, or ours, non-blocking. Whoever opens it closes it. */
export function openEnd(pipe: Pipe, owner: "child" | "ours", use: "read" | "write"): number {
  const access = use === "read" ? constants.O_RDONLY : constants.O_WRONLY;
  return openSync(through(pipe), owner === "ours" ? access | constants.O_NONBLOCK : access);
}

/** Whether a reader would see the end at once: the pipe is empty and nobody can write to it. The kernel is asked. */
export function isAtEnd(pipe: Pipe): boolean {
  let reader: number | undefined;
  try {
    reader = openEnd(pipe, "ours", "read");
    return readSync(reader, ONE_BYTE) === 0;
  } catch {
    return false; // EAGAIN: somebody can still write to it; anything else: we cannot tell
  } finally {
    if (reader !== undefined) closeSync(reader);
  }
}

/**
 * Whether somebody has the pipe open for reading, such as a child that opened its own stdout and was left running: he
 * would take what the next one writes. Then a byte is left in the pipe, which is good for nothing any more.
 */
export function hasReader(pipe: Pipe): boolean {
  let writer: number | undefined;
  const { stackTraceLimit } = Error;
  try {
    writer = openEnd(pipe, "ours", "write");
    Error.stackTraceLimit = 0; // an error is what is expected, twice a command
    writeSync(writer, NEWLINE);
    return true;
  } catch (error) {
    return errorCode(error) !== "EPIPE"; // without a reader; otherwise we cannot tell
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (writer !== undefined) closeSync(writer);
  }
}

/** The processes of the shell that write to `count` different pipes, as soon as there are so many. */
function awaitWriters(shell: number, count: number): number[] {
  const neverWoken = new Int32Array(new SharedArrayBuffer(4));
  const deadlineMs = performance.now() + SHELL_DEADLINE_MS;
  do {
    const writers = new Map<string, number>();
    for (const pid of childrenOf(shell)) {
      const output = readSystemLink(`/proc/${pid}/fd/1`);
      if (output?.startsWith("pipe:")) writers.set(output, pid);
    }
    if (writers.size === count) return [...writers.values()];
    if (readProcess(shell) === undefined) throw new Error("/bin/sh cannot start as many processes as it takes");
    Atomics.wait(neverWoken, 0, 0, SHELL_POLL_MS);
  } while (performance.now() < deadlineMs);
  throw new Error(`/bin/sh made no pipeline within ${SHELL_DEADLINE_MS} ms`);
}

function openPath(path: string): Pipe {
  return openSync(path, O_PATH);
}

function through(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}
