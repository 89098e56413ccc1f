// What the master sees of a worker that is attached, whichever protocol carries it. Values and promises; no sockets.
import type { CommandUpdate } from "../base/command-update.ts";

/** What a worker told of itself when it attached. Everything in it is the worker's word: never trust, always escape. */
export interface WorkerInfo {
  /** Files of its `info` directory and facts such as `system`, `numcpus`, by name; only those that are text or numbers. */
  readonly facts: ReadonlyMap<string, string>;
  readonly version: string | undefined;
  /** Absolute; the parent of the builders' directories. */
  readonly basedir: string;
  /** Versions by names of commands. */
  readonly commands: ReadonlyMap<string, string>;
  readonly environment: ReadonlyMap<string, string>;
}

export interface BuilderDirectory {
  readonly name: string;
  /** One name, below the worker's base directory. */
  readonly directory: string;
}

/** Arguments as PB has them; text, numbers, booleans, null, lists and dictionaries. */
export type CommandArgument =
  | null
  | boolean
  | number
  | string
  /** Run as the first, shown as the second. */
  | { readonly secret: string; readonly shown: string }
  | readonly CommandArgument[]
  | ReadonlyMap<string, CommandArgument>;

/** Where the blocks of an upload go. Each call is made when the one before has resolved; a rejection fails the command. */
export interface UploadSink {
  write(block: Uint8Array): Promise<void>;
  /** Times in seconds. */
  utime?(accessed: number, modified: number): Promise<void>;
  close(): Promise<void>;
  /** The blocks were a tar archive, which is whole now. Rejects soon after `signal` has fired, whose reason is a clause. */
  unpack?(signal: AbortSignal): Promise<void>;
  /** It ended before its time: what it made so far is to go. Called instead of `close`, or after a rejection. */
  abandon(): Promise<void>;
}

export interface DownloadSource {
  /** The next bytes, none at the end. */
  read(lengthBytes: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface CommandRequest {
  readonly builder: string;
  /** As PB has it: `shell`, `uploadFile`, … */
  readonly name: string;
  /** Without `writer` and `reader`; paths are relative to the builder's directory, or absolute. */
  readonly args: ReadonlyMap<string, CommandArgument>;
  readonly upload?: UploadSink;
  readonly download?: DownloadSource;
  /**
   * Called in order, each when what the one before returned is resolved: until then the worker waits with its output.
   * Text is valid UTF-8 in whole lines, whatever the worker sent; its memory may be used again then.
   */
  readonly onUpdate: (update: CommandUpdate) => void | Promise<void>;
}

export type CommandEnd =
  /** `rc` is undefined if the worker told none. */
  | { readonly type: "completed"; readonly rc: number | undefined }
  /** The worker's machinery broke, or it refused the command; its word. */
  | { readonly type: "failed"; readonly reason: string }
  /** The connection was lost before the end. */
  | { readonly type: "lost"; readonly reason: string };

export interface RemoteCommand {
  /** Never rejects. Settles when all updates before were taken. */
  readonly ended: Promise<CommandEnd>;
  /** Asks the worker to end it; harmless when repeated or too late. */
  interrupt(why: string): void;
}

export interface WorkerLink {
  readonly name: string;
  readonly protocol: "pb" | "msgpack";
  /** Address and port, to be shown. */
  readonly peer: string;
  readonly info: WorkerInfo;
  /** Resolves once, to a clause that says why: `the worker closed the connection`. */
  readonly ended: Promise<string>;
  /** Tells the worker its builders, which makes their directories. Rejects when it does not do so. */
  setBuilders(builders: readonly BuilderDirectory[]): Promise<void>;
  /** Tells the worker that a build begins; only old workers mind. */
  startBuild(builder: string): Promise<void>;
  run(request: CommandRequest): RemoteCommand;
  /** Resolves when it has answered; rejects when it has not within the limit, or is lost. */
  ping(limitMs: number): Promise<void>;
  /** Asks the worker to end; resolves when it has said that it will. */
  shutdown(): Promise<void>;
  /** Breaks the connection off. */
  end(reason: string): void;
}

/** What listeners ask the master about workers, and tell it. */
export interface WorkerRegistry {
  /** Undefined for a name nobody has. */
  passwordOf(name: string): string | undefined;
  /**
   * A worker has shown its password and told of itself. Resolves when it may stay; rejects with ERR_DUPLICATE_WORKER when
   * the one of that name that is attached already has answered a ping.
   */
  attach(link: WorkerLink): Promise<void>;
  /** The worker wants to end when its builds have (PB only). */
  wantsShutdown(link: WorkerLink): void;
  /** It has shown that it is alive. */
  seen(link: WorkerLink): void;
}
