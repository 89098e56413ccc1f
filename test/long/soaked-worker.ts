// The built program under a long mix of commands, over either protocol: commands are given with their arguments as MessagePack
// has them, and what they report is forgotten.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { commandForms } from "../../src/session/msgpack/command-forms.ts";
import type { MsgpackValue } from "../../src/wire/msgpack/values.ts";
import type { Installation } from "../daemon/worker-program.ts";
import type { BenchProtocol } from "../faults/errands.ts";
import { WatchedWorker } from "../faults/watched-worker.ts";
import { FakeReader, FakeWriter } from "../support/fake-files.ts";
import { type CommandReport, FakeMaster } from "../support/fake-master.ts";
import { FakeMsgpackMaster } from "../support/fake-msgpack-master.ts";

/** What both protocols carry. */
type SoakValue = null | boolean | number | string | readonly SoakValue[] | ReadonlyMap<string, SoakValue>;
export type SoakArguments = Readonly<Record<string, SoakValue>>;

/** A connection of the worker's. */
export interface SoakPeer {
  /** On the first builder, unless another is given: a builder runs one command at a time. */
  start(command: string, args: SoakArguments, how?: SoakStart): Promise<CommandReport>;
  interrupt(id: string): Promise<unknown>;
  /** Orderly, or reset. */
  lose(how: "fin" | "rst"): void;
}

export interface SoakStart {
  readonly file?: SoakFile | undefined;
  readonly builder?: string;
}

/** The master's end of a transfer. */
export interface SoakFile {
  readonly downloadBytes: number;
  /** Each answer waits for it. */
  readonly until?: Promise<void>;
}

export interface SoakedWorker {
  readonly worker: WatchedWorker;
  /** Of the builder. */
  readonly directory: string;
  /** The connection that comes next. */
  attached(): Promise<SoakPeer>;
  end(): Promise<void>;
}

const MASTERS = { pb: pbMaster, msgpack: msgpackMaster };
/** Enough to have a crowd of commands at once. */
const BUILDER_COUNT = 16;
/** Each runs one command at a time. */
export const SOAK_BUILDERS: readonly string[] = Array.from({ length: BUILDER_COUNT }, (_, n) => `b${n + 1}`);
const [FIRST = ""] = SOAK_BUILDERS;

export interface SoakedWorkerOptions {
  readonly installation: Installation;
  /** Compiled; loaded before the program. */
  readonly census: string;
}

/** Starts one, in a directory of the installation's. */
export async function startSoakedWorker(
  protocol: BenchProtocol,
  { installation, census }: SoakedWorkerOptions,
): Promise<SoakedWorker> {
  const master = await MASTERS[protocol]();
  const variables = { keepalive: "600", protocol: protocol === "pb" ? "'pb'" : "'msgpack_experimental_v7'" };
  const worker = new WatchedWorker(installation, { port: master.port, census, variables });
  const directory = join(worker.basedir, FIRST);
  mkdirSync(directory, { recursive: true });
  return {
    worker,
    directory,
    attached: () => master.attached(),
    async end() {
      await worker.end();
      await master.close();
    },
  };
}

interface SoakMaster {
  readonly port: number;
  attached(): Promise<SoakPeer>;
  close(): Promise<void>;
}

async function pbMaster(): Promise<SoakMaster> {
  const master = await FakeMaster.listen();
  return {
    port: master.port,
    async attached() {
      const attached = await master.nextWorker();
      const builders = await attached.setBuilders(...SOAK_BUILDERS);
      return {
        start(command, args, { file, builder = FIRST } = {}) {
          const { renamed = {} } = commandForms.get(command) ?? {};
          const named = Object.entries(args).map(([name, value]) => [renamed[name] ?? name, value]);
          const ends = file === undefined ? [] : endsOf(file);
          const exposed = ends.map(([name, { object }]) => [name, attached.broker.expose(object)]);
          return attached.startCommand(builders.get(builder)!, command, Object.fromEntries([...named, ...exposed]));
        },
        interrupt: (id) => attached.broker.call(builders.get(FIRST)!, "interruptCommand", [id, "enough"]),
        lose: (how) => void (how === "rst" ? attached.socket.resetAndDestroy() : attached.socket.destroy()),
      };
    },
    close: () => master.close(),
  };
}

/** Of an upload and a download, of which a command takes one. */
function endsOf({ downloadBytes, until }: SoakFile) {
  const options = { beforeAnswer: () => until };
  const writer = new FakeWriter({ forgetful: true, ...options });
  return [
    ["writer", writer],
    ["reader", new FakeReader(new Uint8Array(downloadBytes), options)],
  ] as const;
}

async function msgpackMaster(): Promise<SoakMaster> {
  const master = await FakeMsgpackMaster.listen();
  return {
    port: master.port,
    async attached() {
      const attached = await master.nextWorker();
      return {
        start: (command, args, { file, builder = FIRST } = {}) =>
          attached.startCommand(command, args, {
            builder,
            ...(file === undefined ? {} : { file: operationsOf(file) }),
          }),
        interrupt: (id) =>
          attached.request("interrupt_command", { builder_name: FIRST, command_id: id, why: "enough" }),
        lose: (how) => void (how === "rst" ? attached.socket.resetAndDestroy() : attached.webSocket.close()),
      };
    },
    close: () => master.close(),
  };
}

function operationsOf({ downloadBytes, until }: SoakFile) {
  let leftBytes = downloadBytes;
  return {
    async update_read_file(fields: ReadonlyMap<MsgpackValue, MsgpackValue>) {
      await until;
      const block = Buffer.alloc(Math.min(leftBytes, Number(fields.get("length"))));
      leftBytes -= block.length;
      return block;
    },
    update_upload_file_write: async () => {
      await until;
      return null;
    },
  };
}
