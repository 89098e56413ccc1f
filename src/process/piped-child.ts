// Starting one child with its standard streams on real pipes. Node would give it socket pairs, on which
// `echo x >/dev/stderr` fails and which bash takes for a network login. Knows nothing of time or of why it is run.
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { closeSync, fstatSync, readSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { openForInput, openForOutput, type Pipe, type PipeEnds } from "./anonymous-pipes.ts";

export interface Program {
  /** The program, looked up in the PATH of `env`, and its arguments. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether something will be written to its stdin; otherwise that is at its end from the first. */
  readonly withInput: boolean;
}

/** Our end of a child's stdout or stderr. */
export interface OutputPipe {
  readonly stream: Readable;
  /** What lies in the pipe at this moment and was not read yet, without waiting; empty for nothing. */
  readRest(): Buffer;
}

export interface PipedChild {
  readonly child: ChildProcess;
  readonly stdin: Writable | undefined;
  readonly stdout: OutputPipe;
  readonly stderr: OutputPipe;
  /** Of the pipes that it writes to, by which others can be found that do; none when they are no pipes. Not after `release`. */
  readonly outputInodes: () => readonly number[];
  /** Closes our ends and gives the pipes back; to be called once, when the child has ended or was given up. */
  release(): void;
}

export interface StandardPipes {
  readonly stdin: Pipe;
  readonly stdout: Pipe;
  readonly stderr: Pipe;
}

/** What a Linux pipe holds. */
const PIPE_CAPACITY_BYTES = 65_536;

const NOTHING = Buffer.alloc(0);
const readNothing = () => NOTHING;

/** Starts `program` on pipes; throws what `spawn` throws, with nothing left open. */
export function spawnOnPipes(program: Program, pipes: StandardPipes, giveBack: () => void): PipedChild {
  const allEnds: PipeEnds[] = [];
  const opened = <Ends extends PipeEnds>(ends: Ends): Ends => {
    allEnds.push(ends);
    return ends;
  };
  try {
    const input = opened(openForInput(pipes.stdin, program.withInput));
    const output = opened(openForOutput(pipes.stdout));
    const errorOutput = opened(openForOutput(pipes.stderr));
    const child = spawnDetached(program, [input.childs, output.childs, errorOutput.childs]);
    allEnds.splice(0); // from here on sockets own our ends
    for (const childs of [input.childs, output.childs, errorOutput.childs]) closeSync(childs);
    const stdin =
      input.ours === undefined ? undefined : new Socket({ fd: input.ours, readable: false, writable: true });
    const stdout = outputPipe(output.ours);
    const stderr = outputPipe(errorOutput.ours);
    const release = () => {
      for (const stream of [stdin, stdout.stream, stderr.stream]) stream?.destroy();
      giveBack();
    };
    const outputInodes = () => [pipes.stdout, pipes.stderr].map((pipe) => fstatSync(pipe).ino);
    return { child, stdin, stdout, stderr, outputInodes, release };
  } catch (error) {
    for (const { ours, childs } of allEnds) {
      if (ours !== undefined) closeSync(ours);
      closeSync(childs);
    }
    throw error;
  }
}

/** Starts `program` as well as Node alone can; throws what `spawn` throws. */
export function spawnOnSocketPairs(program: Program): PipedChild {
  const child = spawnDetached(program, [program.withInput ? "pipe" : "ignore", "pipe", "pipe"]);
  const { stdin, stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("spawn gave no pipes");
  const release = () => {
    for (const stream of [stdin, stdout, stderr]) stream?.destroy();
  };
  return {
    child,
    stdin: stdin ?? undefined,
    stdout: { stream: stdout, readRest: readNothing },
    stderr: { stream: stderr, readRest: readNothing },
    outputInodes: () => [],
    release,
  };
}

function outputPipe(fd: number): OutputPipe {
  const stream = new Socket({ fd, readable: true, writable: false });
  const readRest = () => {
    if (stream.destroyed) return NOTHING;
    const rest = Buffer.alloc(PIPE_CAPACITY_BYTES);
    try {
      return rest.subarray(0, readSync(fd, rest));
    } catch {
      return NOTHING; // EAGAIN: the pipe is empty
    }
  };
  return { stream, readRest };
}

function spawnDetached(program: Program, stdio: StdioOptions): ChildProcess {
  const [file = "", ...args] = program.argv;
  return spawn(file, args, { cwd: program.cwd, env: program.env, stdio, detached: true, windowsHide: true });
}
