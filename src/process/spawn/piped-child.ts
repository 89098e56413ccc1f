// Starting one child with its standard streams on real pipes. Node would give it socket pairs, on which
// `echo x >/dev/stderr` fails and which bash takes for a network login. Knows nothing of time or of why it is run.
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { closeSync, fstatSync, readSync } from "node:fs";
import { type ConnectOpts, Socket, type SocketConstructorOpts } from "node:net";
import { Readable, type Writable } from "node:stream";
import { type OutputInode, ticksNow } from "../tree/index.ts";
import { toSpawnable } from "./byte-safe-spawn.ts";
import type { Launch } from "./exec-lookup.ts";
import { openEnd, type Pipe, pipeOf } from "./kernel-pipes.ts";
import type { LaunchDescriptors } from "./launcher-protocol.ts";
import type { StartedChild } from "./started-child.ts";

export interface SpawnRequest extends Launch {
  /** Whether something will be written to its stdin; otherwise that is at its end from the first. */
  readonly withInput: boolean;
  /** A descriptor of ours that becomes its stdin instead of a pipe; it stays ours to close. */
  readonly inheritedInput?: number;
}

/** Our end of a child's stdout or stderr. */
export interface OutputPipe {
  /** To be paused, resumed and destroyed, and to hear `close` of; what it reads goes to the listener only. */
  readonly stream: Readable;
  /** To be called once, in the breath in which the child was started. A chunk's memory is used again after the call. */
  listen(listener: (chunk: Buffer) => void): void;
  /** Gives the listener what a paused stream has read already. */
  flush(): void;
  /** What lies in the pipe at this moment and was not read yet, without waiting; empty for nothing. */
  readRest(): Buffer;
}

export interface PipedChild {
  readonly child: StartedChild;
  /** When it was started at the earliest, where others may have reaped it by now; see `ticksNow`. */
  readonly notBeforeTicks?: number | undefined;
  readonly stdin: Writable | undefined;
  readonly stdout: OutputPipe;
  /** Undefined when it prints both to the same. */
  readonly stderr: OutputPipe | undefined;
  /** What it prints comes by way of another program, which may have some of it that our pipe has not yet. */
  readonly isRelayed?: true;
  /** The kernel was told already to prefer it as a victim. */
  readonly isPreferredVictim?: true;
  /** Of what it prints to, by which others can be found that do; none when they cannot any more. Not after `release`. */
  readonly outputInodes: () => readonly OutputInode[];
  /** Where only its output tells: why the program could not be executed, if so. To be asked when all was read. */
  readonly startError?: () => Error | undefined;
  /** Closes our ends and gives the pipes back; to be called once, when the child has ended or was given up. */
  release(): void;
}

/** Where children with their standard streams come from. */
export interface ChildSource {
  /**
   * Starts `program` as leader of a session of its own. When it cannot be started the child emits `error` and has no
   * pid, or, for failures Node does not report that way, this throws.
   */
  spawn(program: SpawnRequest): PipedChild;
  /** Many are going to be started. */
  prepare?(): void;
  /**
   * The same by another process while this one goes on, where there is one for that. Resolves to undefined when it did not, for
   * whatever `spawn` may tell. When it is gone, so that the program may run or not, this rejects after `sweep` has killed it.
   */
  launch?(program: SpawnRequest, sweep: SweepUnknown): Promise<PipedChild | undefined> | undefined;
}

/** Kills a program of which nothing is known but what it prints to, and what is in its environment. Never rejects. */
export type SweepUnknown = (outputInodes: () => readonly OutputInode[]) => Promise<void>;

export interface StandardPipes {
  readonly stdin: Pipe;
  readonly stdout: Pipe;
  readonly stderr: Pipe;
}

/** Takes back the pipes of a child: of its output those that are left. */
export type GiveBack = (stdin: Pipe, outputs: readonly Pipe[]) => void;

/** What a Linux pipe holds. */
const PIPE_CAPACITY_BYTES = 65_536;

/**
 * Where all pipes are read into, one after the other: the kernel fills it and the listener has seen it before libuv reads from
 * the next. Memory that was just used is the fastest there is, and none is allocated for a read.
 */
const readBuffer = Buffer.allocUnsafeSlow(PIPE_CAPACITY_BYTES);

const NOTHING = Buffer.alloc(0);

/** Starts `program` on pipes; throws what `spawn` throws, with nothing left open. */
export function spawnOnPipes(program: SpawnRequest, pipes: StandardPipes, giveBack: GiveBack): PipedChild {
  const { inheritedInput, withInput } = program;
  const ends = new OpenEnds(pipes, giveBack);
  let ours: OurEnds;
  let child: StartedChild;
  try {
    ours = ends.ours(withInput && inheritedInput === undefined);
    const stdio = [
      inheritedInput ?? ends.open(pipes.stdin, "child", "read"),
      ends.open(pipes.stdout, "child", "write"),
      ends.open(pipes.stderr, "child", "write"),
    ];
    child = spawnDetached(program, stdio);
    for (const end of stdio) if (end !== inheritedInput) closeSync(end);
  } catch (error) {
    ends.giveUp();
    throw error;
  }
  return { child, ...streamsOn(ours, pipes, giveBack) };
}

export interface LaunchOptions {
  readonly pipes: StandardPipes;
  readonly giveBack: GiveBack;
  readonly sweep: SweepUnknown;
  readonly launch: (program: Launch, descriptors: LaunchDescriptors) => Promise<StartedChild | undefined>;
}

/** The same by a launcher, see `ChildSource`. */
export async function launchOnPipes(
  program: SpawnRequest,
  { pipes, giveBack, sweep, launch }: LaunchOptions,
): Promise<PipedChild | undefined> {
  const ends = new OpenEnds(pipes, giveBack);
  const notBeforeTicks = ticksNow();
  let ours: OurEnds;
  let child: StartedChild | undefined;
  try {
    const launched = toSpawnable(program);
    ours = ends.ours(program.withInput);
    child = await launch(launched, [pipes.stdin, pipes.stdout, pipes.stderr]);
  } catch (error) {
    await sweep(() => [pipes.stdout, pipes.stderr].map(inodeOf));
    ends.giveUp();
    throw error;
  }
  if (child === undefined) {
    ends.giveUp();
    return undefined;
  }
  return { child, notBeforeTicks, isPreferredVictim: true, ...streamsOn(ours, pipes, giveBack) };
}

/** The ends of a child's pipes that were opened, as long as nobody else closes them. */
class OpenEnds {
  readonly #pipes: StandardPipes;
  readonly #giveBack: GiveBack;
  readonly #opened: number[] = [];

  constructor(pipes: StandardPipes, giveBack: GiveBack) {
    this.#pipes = pipes;
    this.#giveBack = giveBack;
  }

  open(...end: Parameters<typeof openEnd>): number {
    const opened = openEnd(...end);
    this.#opened.push(opened);
    return opened;
  }

  ours(withInput: boolean): OurEnds {
    const { stdin, stdout, stderr } = this.#pipes;
    return {
      input: withInput ? this.open(stdin, "ours", "write") : undefined,
      output: this.open(stdout, "ours", "read"),
      errorOutput: this.open(stderr, "ours", "read"),
    };
  }

  /** Nothing was started: closes all, and gives the pipes back. */
  giveUp(): void {
    const { stdin, stdout, stderr } = this.#pipes;
    for (const end of this.#opened) closeSync(end);
    this.#giveBack(stdin, [stdout, stderr]);
  }
}

interface OurEnds {
  /** None for input that was not wanted. */
  readonly input: number | undefined;
  readonly output: number;
  readonly errorOutput: number;
}

/** From here on sockets own our ends, which stand for the pipes of its output too: two descriptors less for each child. */
function streamsOn(
  ours: OurEnds,
  { stdin: input, stdout, stderr }: StandardPipes,
  giveBack: GiveBack,
): Omit<PipedChild, "child"> {
  const stdin = ours.input === undefined ? undefined : new Socket({ fd: ours.input, readable: false, writable: true });
  const ends = [new OutputEnd(ours.output), new OutputEnd(ours.errorOutput)] as const;
  for (const pipe of [stdout, stderr]) closeSync(pipe);
  const release = () => {
    for (const stream of [stdin, ...ends]) stream?.destroy();
    const outputs = ends.flatMap(({ kept }) => kept ?? []);
    giveBack(input, outputs);
  };
  const outputInodes = () => ends.flatMap(({ inode }) => inode ?? []);
  return { stdin, stdout: ends[0], stderr: ends[1], outputInodes, release };
}

/** Starts `program` as well as Node alone can; throws what `spawn` throws. */
export function spawnOnSocketPairs(program: SpawnRequest): PipedChild {
  const child = spawnDetached(program, [
    program.inheritedInput ?? (program.withInput ? "pipe" : "ignore"),
    "pipe",
    "pipe",
  ]);
  // Node leaves them out, whatever its types say, where it has no descriptors left for them, as the child's `error` tells.
  const { stdin, stdout = Readable.from([]), stderr = Readable.from([]) } = child as Partial<ChildProcess>;
  if (stdout === null || stderr === null) throw new Error("spawn gave no pipes");
  const release = () => {
    for (const stream of [stdin, stdout, stderr]) stream?.destroy();
  };
  return {
    child,
    stdin: stdin ?? undefined,
    stdout: outputStream(stdout),
    stderr: outputStream(stderr),
    outputInodes: () => [],
    release,
  };
}

function inodeOf(pipe: Pipe): OutputInode {
  const { dev: device, ino: inode } = fstatSync(pipe);
  return { link: `pipe:[${inode}]`, device, inode };
}

/** Our end of an output. While it is open, it is all that we have open of the pipe. */
class OutputEnd extends Socket implements OutputPipe {
  readonly stream = this;
  readonly #fd: number;
  readonly #inode: OutputInode;
  #listener = (_chunk: Buffer): void => {};
  /** What is kept of the pipe once this end is closed; undefined when the system has no descriptor for it. */
  #kept: Pipe | undefined;

  constructor(fd: number) {
    const callback = (bytes: number) => {
      this.#listener(readBuffer.subarray(0, bytes));
      return true;
    };
    // The constructor's own types leave `onread` out.
    const options: SocketConstructorOpts & Pick<ConnectOpts, "onread"> = {
      fd,
      readable: true,
      writable: false,
      onread: { buffer: readBuffer, callback },
    };
    super(options);
    this.#fd = fd;
    this.#inode = inodeOf(fd);
  }

  get kept(): Pipe | undefined {
    return this.#kept;
  }

  /** Undefined once the pipe is gone, since another may have its number then. */
  get inode(): OutputInode | undefined {
    return this.destroyed && this.#kept === undefined ? undefined : this.#inode;
  }

  listen(listener: (chunk: Buffer) => void): void {
    this.#listener = listener;
  }

  flush(): void {}

  readRest(): Buffer {
    if (this.destroyed) return NOTHING;
    const rest = Buffer.alloc(PIPE_CAPACITY_BYTES);
    try {
      return rest.subarray(0, readSync(this.#fd, rest));
    } catch {
      return NOTHING; // EAGAIN: the pipe is empty
    }
  }

  override destroy(error?: Error): this {
    try {
      if (!this.destroyed) this.#kept = pipeOf(this.#fd);
    } catch {
      // the pipe goes with this end, and another is made when it is needed
    }
    return super.destroy(error);
  }
}

/** A stream that reads by itself, as Node's own do. */
function outputStream(stream: Readable): OutputPipe {
  return {
    stream,
    listen: (listener) => void stream.on("data", listener),
    flush: () => flushStream(stream),
    readRest: () => NOTHING,
  };
}

/** Emits as `data` what a paused stream has read already. */
export function flushStream(stream: Readable): void {
  while (stream.read() !== null);
}

function spawnDetached(program: SpawnRequest, stdio: StdioOptions): ChildProcess {
  const { argv, cwd, env } = toSpawnable(program);
  const [file = "", ...args] = argv;
  return spawn(file, args, { cwd, env, stdio, detached: true, windowsHide: true });
}
