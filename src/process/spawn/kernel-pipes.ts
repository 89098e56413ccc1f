// Anonymous kernel pipes for Node, which cannot create any: a shell creates them for a pipeline, and we keep O_PATH
// descriptors, through which they can be opened (/proc/self/fd) as often as needed. Linux only; knows no children.
//
// Not FIFOs, although they could be opened in the same way: opening a FIFO waits for the other end, so `cat /dev/stdin`
// would hang after the end of the input. A pipe never waits, and needs no directory.
import { spawn } from "node:child_process";
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { errorCode } from "../../base/error-code.ts";
import { hasProc, O_PATH } from "../../base/platform.ts";
import { childrenOf, readProcess, readSystemLink } from "../tree/index.ts";

/** An O_PATH descriptor, which refers to a pipe but counts neither as reader nor as writer. */
export type Pipe = number;

const ONE_BYTE = Buffer.alloc(1);
const NEWLINE = Buffer.from("\n");

/** How long the shell may take to set up its pipeline, which blocks us; usually 3 ms. */
const SHELL_DEADLINE_MS = 1000;
const SHELL_POLL_MS = 0.5;

/** Creates `count` pipes, at least one, blocking for a few milliseconds. Throws if that fails. */
export function makePipes(count: number): Pipe[] {
  if (!hasProc) throw new Error("they need /proc");
  // Every stage waits for the end of the shell's stdin, so it ends when we do, even if we are killed.
  const pipeline = Array.from({ length: count + 1 }, () => "read line <&3").join(" | ");
  const shell = spawn("/bin/sh", ["-c", `exec 3<&0; ${pipeline}`], {
    cwd: "/",
    env: {},
    stdio: ["pipe", "ignore", "ignore"],
  });
  shell.on("error", () => {}); // reported by the missing pid
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

/** The pipe of an open end. */
export function pipeOf(end: number): Pipe {
  return openPath(through(end));
}

/** Opens a child's end of a pipe, blocking as programs expect, or ours, non-blocking. The caller closes it. */
export function openEnd(pipe: Pipe, owner: "child" | "ours", use: "read" | "write"): number {
  const access = use === "read" ? constants.O_RDONLY : constants.O_WRONLY;
  return openSync(through(pipe), owner === "ours" ? access | constants.O_NONBLOCK : access);
}

/** Whether a reader would get EOF at once: the pipe is empty and has no writer. */
export function isAtEnd(pipe: Pipe): boolean {
  let reader: number | undefined;
  try {
    reader = openEnd(pipe, "ours", "read");
    return readSync(reader, ONE_BYTE) === 0;
  } catch {
    return false; // EAGAIN: it has a writer; otherwise unknown
  } finally {
    if (reader !== undefined) closeSync(reader);
  }
}

/**
 * Whether the pipe has a reader, such as a leftover process that opened its own stdout: it would take the output of the
 * next child. In that case a byte is written to the pipe, which must not be reused.
 */
export function hasReader(pipe: Pipe): boolean {
  let writer: number | undefined;
  const { stackTraceLimit } = Error;
  try {
    writer = openEnd(pipe, "ours", "write");
    Error.stackTraceLimit = 0; // an error is expected, twice per command
    writeSync(writer, NEWLINE);
    return true;
  } catch (error) {
    return errorCode(error) !== "EPIPE"; // EPIPE: no reader; otherwise unknown
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (writer !== undefined) closeSync(writer);
  }
}

/** Waits for the shell's processes that write to `count` different pipes. */
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
    if (readProcess(shell) === undefined) throw new Error("/bin/sh cannot start enough processes");
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
