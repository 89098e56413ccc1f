// What the master sees of an attached worker, whichever protocol it uses. Values and promises; no sockets.
import type { CommandUpdate } from "../base/command-update.ts";

/** What a worker reported when it attached. It is untrusted: check it, and escape it before showing it. */
export interface WorkerInfo {
  /** Files of its `info` directory, and facts such as `system` and `numcpus`, by name; text and numbers only. */
  readonly facts: ReadonlyMap<string, string>;
  readonly version: string | undefined;
  /** Absolute; contains the builders' directories. */
  readonly basedir: string;
  /** Versions, by name of the command. */
  readonly commands: ReadonlyMap<string, string>;
  readonly environment: ReadonlyMap<string, string>;
}

export interface BuilderDirectory {
  readonly name: string;
  /** A single name, relative to the worker's base directory. */
  readonly directory: string;
}

/** An argument as in PB: text, number, boolean, null, list or dictionary. */
export type CommandArgument =
  | null
  | boolean
  | number
  | string
  /** `secret` is run, `shown` appears in logs. */
  | { readonly secret: string; readonly shown: string }
  | readonly CommandArgument[]
  | ReadonlyMap<string, CommandArgument>;

/**
 * Receives the blocks of an upload. Each call is made after the previous one has resolved; a rejection fails the
 * command.
 */
export interface UploadSink {
  write(block: Uint8Array): Promise<void>;
  /** In seconds. */
  utime?(accessed: number, modified: number): Promise<void>;
  close(): Promise<void>;
  /**
   * The blocks were a tar archive, which is complete now. Rejects soon after `signal` is aborted; its reason is a
   * clause.
   */
  unpack?(signal: AbortSignal): Promise<void>;
  /** Removes the partial upload. Called instead of `close`, or after a rejection. */
  abandon(): Promise<void>;
}

export interface DownloadSource {
  /** The next bytes; empty at the end. */
  read(lengthBytes: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface CommandRequest {
  readonly builder: string;
  /** As in PB: `shell`, `uploadFile`, … */
  readonly name: string;
  /** Without `writer` and `reader`; paths are absolute or relative to the builder's directory. */
  readonly args: ReadonlyMap<string, CommandArgument>;
  readonly upload?: UploadSink;
  readonly download?: DownloadSource;
  /**
   * Called in order, each time after the previous promise has resolved; until then the worker's output is held back.
   * Text is valid UTF-8 in whole lines, whatever the worker sent; its memory may be reused afterwards.
   */
  readonly onUpdate: (update: CommandUpdate) => void | Promise<void>;
}

export type CommandEnd =
  /** `rc` is undefined if the worker sent none. */
  | { readonly type: "completed"; readonly rc: number | undefined }
  /** The worker failed or refused the command; `reason` is its text. */
  | { readonly type: "failed"; readonly reason: string }
  /** The connection was lost before the command ended. */
  | { readonly type: "lost"; readonly reason: string };

export interface RemoteCommand {
  /** Never rejects. Resolves when all updates have been processed. */
  readonly ended: Promise<CommandEnd>;
  /** Asks the worker to end it; does nothing if repeated or too late. */
  interrupt(why: string): void;
}

export interface WorkerLink {
  readonly name: string;
  readonly protocol: "pb" | "msgpack";
  /** Address and port, for display. */
  readonly peer: string;
  readonly info: WorkerInfo;
  /** Resolves to the reason, as a clause: `the worker closed the connection`. */
  readonly ended: Promise<string>;
  /** Sends the list of builders; the worker creates their directories. Rejects if it does not. */
  setBuilders(builders: readonly BuilderDirectory[]): Promise<void>;
  /** Notifies the worker that a build begins; only old workers use it. */
  startBuild(builder: string): Promise<void>;
  run(request: CommandRequest): RemoteCommand;
  /** Resolves when the worker has answered; rejects on timeout or when the connection is lost. */
  ping(limitMs: number): Promise<void>;
  /** Asks the worker to shut down; resolves when it has agreed. */
  shutdown(): Promise<void>;
  /** Closes the connection. */
  end(reason: string): void;
}

/** The interface between listeners and the master. */
export interface WorkerRegistry {
  /** Undefined for an unknown name. */
  passwordOf(name: string): string | undefined;
  /**
   * A worker has logged in and reported its facts. Resolves when it is attached; rejects with ERR_DUPLICATE_WORKER if
   * an attached worker of that name still answers pings.
   */
  attach(link: WorkerLink): Promise<void>;
  /** The worker requests a graceful shutdown (PB only). */
  wantsShutdown(link: WorkerLink): void;
  /** The worker has shown that it is alive. */
  seen(link: WorkerLink): void;
}
