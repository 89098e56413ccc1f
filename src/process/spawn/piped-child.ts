// Starts one child with its standard streams on real pipes. Node would use socket pairs, on which `echo x >/dev/stderr`
// fails and which bash takes for a network login. Independent of time and of why it is run.
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { closeSync, fstatSync, readSync } from "node:fs";
import { type ConnectOpts, Socket, type SocketConstructorOpts } from "node:net";
import { Readable, type Writable } from "node:stream";
import { type OutputInode, type RunTree, ticksNow } from "../tree/index.ts";
import { toSpawnable } from "./byte-safe-spawn.ts";
import type { Launch } from "./exec-lookup.ts";
import { openEnd, type Pipe, pipeOf } from "./kernel-pipes.ts";
import type { LaunchDescriptors } from "./launcher-protocol.ts";
import type { StartedChild } from "./started-child.ts";

export interface SpawnRequest extends Launch {
  /** Whether it gets input on stdin; otherwise stdin is at its end from the start. */
  readonly withInput: boolean;
  /** Our descriptor that becomes its stdin instead of a pipe; the caller still closes it. */
  readonly inheritedInput?: number;
}

/** Our end of a child's stdout or stderr. */
export interface OutputPipe {
  /** For pause, resume, destroy and the event `close`; its data goes only to the listener. */
  readonly stream: Readable;
  /** Call once, synchronously after starting the child. A chunk's memory is reused after the call. */
  listen(listener: (chunk: Buffer) => void): void;
  /** Passes what a paused stream has already read to the listener. */
  flush(): void;
  /** The unread bytes in the pipe at this moment, without waiting; may be empty. */
  readRest(): Buffer;
}

export interface PipedChild {
  readonly child: StartedChild;
  /** Its processes, on a system that groups them. */
  readonly tree?: RunTree;
  /** Its earliest start time, if it may already have been reaped; see `ticksNow`. */
  readonly notBeforeTicks?: number | undefined;
  readonly stdin: Writable | undefined;
  readonly stdout: OutputPipe;
  /** Undefined when stdout and stderr are the same. */
  readonly stderr: OutputPipe | undefined;
  /** Its output passes through another program, which may not have written all of it to our pipe yet. */
  readonly isRelayed?: true;
  /** Its OOM score was already raised. */
  readonly isPreferredVictim?: true;
  /**
   * The files of its output, which identify other writers; none when that is no longer possible. Not after `release`.
   */
  readonly outputInodes: () => readonly OutputInode[];
  /** Why the program could not be executed, if only its output says so. Call when all output was read. */
  readonly startError?: () => Error | undefined;
  /** Closes our ends and returns the pipes; call once, when the child has ended or was abandoned. */
  release(): void;
}

/** Starts children with their standard streams. */
export interface ChildSource {
  /**
   * Starts `program` as a session leader. If that fails, the child emits `error` and has no pid, or, for failures that
   * Node does not report that way, this throws.
   */
  spawn(program: SpawnRequest): PipedChild;
  /** Call when many programs will be started. */
  prepare?(): void;
  /**
   * The same through another process without blocking; undefined if there is none. Resolves to undefined when it did
   * not start the program; `spawn` then reports why. Rejects when that process is gone and the program may be running,
   * after `sweep` has killed it.
   */
  launch?(program: SpawnRequest, sweep: SweepUnknown): Promise<PipedChild | undefined> | undefined;
}

/** Kills a program that is known only by its output pipes and its environment. Never rejects. */
export type SweepUnknown = (outputInodes: () => readonly OutputInode[]) => Promise<void>;

export interface StandardPipes {
  readonly stdin: Pipe;
  readonly stdout: Pipe;
  readonly stderr: Pipe;
}

/** Takes back the pipes of a child, and those of its output that are still open. */
export type ReturnPipes = (stdin: Pipe, outputs: readonly Pipe[]) => void;

/** Capacity of a Linux pipe. */
const PIPE_CAPACITY_BYTES = 65_536;

/**
 * All pipes are read into this buffer: the listener handles its content before libuv reads from the next pipe. Recently
 * used memory is the fastest, and no allocation is needed.
 */
const readBuffer = Buffer.allocUnsafeSlow(PIPE_CAPACITY_BYTES);

const NOTHING = Buffer.alloc(0);

/** Starts `program` on pipes. If `spawn` throws, closes everything and throws the same error. */
export function spawnOnPipes(program: SpawnRequest, pipes: StandardPipes, returnPipes: ReturnPipes): PipedChild {
  const { inheritedInput, withInput } = program;
  const ends = new OpenEnds(pipes, returnPipes);
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
    ends.abandon();
    throw error;
  }
  return { child, ...streamsOn(ours, pipes, returnPipes) };
}

export interface LaunchOptions {
  readonly pipes: StandardPipes;
  readonly returnPipes: ReturnPipes;
  readonly sweep: SweepUnknown;
  readonly launch: (program: Launch, descriptors: LaunchDescriptors) => Promise<StartedChild | undefined>;
}

/** The same through a launcher, see `ChildSource`. */
export async function launchOnPipes(
  program: SpawnRequest,
  { pipes, returnPipes, sweep, launch }: LaunchOptions,
): Promise<PipedChild | undefined> {
  const ends = new OpenEnds(pipes, returnPipes);
  const notBeforeTicks = ticksNow();
  let ours: OurEnds;
  let child: StartedChild | undefined;
  try {
    const launched = toSpawnable(program);
    ours = ends.ours(program.withInput);
    child = await launch(launched, [pipes.stdin, pipes.stdout, pipes.stderr]);
  } catch (error) {
    await sweep(() => [pipes.stdout, pipes.stderr].map(inodeOf));
    ends.abandon();
    throw error;
  }
  if (child === undefined) {
    ends.abandon();
    return undefined;
  }
  return { child, notBeforeTicks, isPreferredVictim: true, ...streamsOn(ours, pipes, returnPipes) };
}

/** The open ends of a child's pipes, until they have another owner. */
class OpenEnds {
  readonly #pipes: StandardPipes;
  readonly #returnPipes: ReturnPipes;
  readonly #opened: number[] = [];

  constructor(pipes: StandardPipes, returnPipes: ReturnPipes) {
    this.#pipes = pipes;
    this.#returnPipes = returnPipes;
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

  /** Nothing was started: closes all ends, and returns the pipes. */
  abandon(): void {
    const { stdin, stdout, stderr } = this.#pipes;
    for (const end of this.#opened) closeSync(end);
    this.#returnPipes(stdin, [stdout, stderr]);
  }
}

interface OurEnds {
  /** Undefined if there is no input. */
  readonly input: number | undefined;
  readonly output: number;
  readonly errorOutput: number;
}

/** Sockets own our ends from now on. They also replace the output pipes, which saves two descriptors per child. */
function streamsOn(
  ours: OurEnds,
  { stdin: input, stdout, stderr }: StandardPipes,
  returnPipes: ReturnPipes,
): Omit<PipedChild, "child"> {
  const stdin = ours.input === undefined ? undefined : new Socket({ fd: ours.input, readable: false, writable: true });
  const ends = [new OutputEnd(ours.output), new OutputEnd(ours.errorOutput)] as const;
  for (const pipe of [stdout, stderr]) closeSync(pipe);
  const release = () => {
    for (const stream of [stdin, ...ends]) stream?.destroy();
    const outputs = ends.flatMap(({ kept }) => kept ?? []);
    returnPipes(input, outputs);
  };
  const outputInodes = () => ends.flatMap(({ inode }) => inode ?? []);
  return { stdin, stdout: ends[0], stderr: ends[1], outputInodes, release };
}

/** Starts `program` as Node does; throws what `spawn` throws. */
export function spawnOnSocketPairs(program: SpawnRequest): PipedChild {
  return childOnNodeStreams(
    spawnDetached(program, [program.inheritedInput ?? (program.withInput ? "pipe" : "ignore"), "pipe", "pipe"]),
  );
}

/** A child that Node has started with its own streams; `reported` reports its end instead. */
export function childOnNodeStreams(child: ChildProcess, reported: StartedChild = child): PipedChild {
  // Despite its types, Node omits them when it has no descriptors left, which the child's `error` reports.
  const { stdin, stdout = Readable.from([]), stderr = Readable.from([]) } = child as Partial<ChildProcess>;
  if (stdout === null || stderr === null) throw new Error("spawn gave no pipes");
  const release = () => {
    for (const stream of [stdin, stdout, stderr]) stream?.destroy();
  };
  return {
    child: reported,
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

/** Our end of an output. While it is open, it is our only descriptor of the pipe. */
class OutputEnd extends Socket implements OutputPipe {
  readonly stream = this;
  readonly #fd: number;
  readonly #inode: OutputInode;
  #listener = (_chunk: Buffer): void => {};
  /** The pipe, kept once this end is closed; undefined if there is no free descriptor. */
  #kept: Pipe | undefined;

  constructor(fd: number) {
    const callback = (bytes: number) => {
      this.#listener(readBuffer.subarray(0, bytes));
      return true;
    };
    // The constructor's types lack `onread`.
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

  /** Undefined once the pipe is gone, since its inode may be reused. */
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
      // the pipe is closed with this end, and another is created when needed
    }
    return super.destroy(error);
  }
}

/** For a stream of Node's own. */
function outputStream(stream: Readable): OutputPipe {
  return {
    stream,
    listen: (listener) => void stream.on("data", listener),
    flush: () => flushStream(stream),
    readRest: () => NOTHING,
  };
}

/** Emits what a paused stream has already read as `data`. */
export function flushStream(stream: Readable): void {
  while (stream.read() !== null);
}

function spawnDetached(program: SpawnRequest, stdio: StdioOptions): ChildProcess {
  const { argv, cwd, env } = toSpawnable(program);
  const [file = "", ...args] = argv;
  return spawn(file, args, { cwd, env, stdio, detached: true, windowsHide: true });
}
