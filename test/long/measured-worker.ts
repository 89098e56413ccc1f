// A worker as a process of its own under a master of ours, for measurements: what it takes of memory, as the kernel
// counts it, and commands whose output is counted and forgotten.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { IncomingCall, RemoteObject } from "../../src/session/pb/remote-object.ts";
import type { JellyValue, Remote } from "../../src/wire/jelly/values.ts";
import { type Installation, makeBasedir } from "../daemon/worker-program.ts";
import { BUILDBOT_WORKER } from "../masters/support/availability.ts";
import type { WorkerKind } from "../masters/support/worker-process.ts";
import { type AttachedWorker, FakeMaster } from "../support/fake-master.ts";
import { Relay } from "../support/relay.ts";

export interface Memory {
  /** Resident now. */
  readonly rssMib: number;
  /** The most that was resident since `resetPeak`. */
  readonly peakMib: number;
  /** Resident now, with a share only of what other processes have in memory, too. */
  readonly pssMib: number;
}

export interface MeasuredWorker {
  readonly relay: Relay;
  readonly attached: AttachedWorker;
  readonly builder: Remote;
  /** Where commands of the builder work. */
  readonly directory: string;
  memory(): Memory;
  resetPeak(): void;
  /** On the one builder, unless another is given. */
  start(command: string, args: Readonly<Record<string, JellyValue>>, on?: Remote): Promise<CountedCommand>;
  end(): Promise<void>;
}

/** Starts one, in a directory of the installation's, and waits until it has attached through a relay. */
export async function startMeasuredWorker(
  installation: Installation,
  kind: WorkerKind = "buildhand",
): Promise<MeasuredWorker> {
  const master = await FakeMaster.listen();
  const relay = await Relay.listen({ port: master.port });
  const basedir = makeBasedir(installation.newPath(), { port: relay.port });
  const child = startWorker(installation, kind, basedir);
  const attached = await master.nextWorker();
  const builder = (await attached.setBuilders("b1")).get("b1")!;
  const directory = join(basedir, "b1", "build");
  mkdirSync(directory);
  const proc = (file: string) => `/proc/${child.pid}/${file}`;
  let lastId = 0;
  return {
    relay,
    attached,
    builder,
    directory,
    memory() {
      const status = readFileSync(proc("status"), "latin1");
      return {
        rssMib: mebibytes(status, "VmRSS"),
        peakMib: mebibytes(status, "VmHWM"),
        pssMib: mebibytes(readFileSync(proc("smaps_rollup"), "latin1"), "Pss"),
      };
    },
    resetPeak: () => writeFileSync(proc("clear_refs"), "5"),
    async start(name, args, on = builder) {
      lastId += 1;
      const command = new CountedCommand(String(lastId));
      const ref = attached.broker.expose(command.object);
      await attached.broker.call(on, "startCommand", [ref, command.id, name, new Map(Object.entries(args))]);
      return command;
    },
    async end() {
      const ended = once(child, "close");
      child.kill("SIGTERM");
      await ended;
      await relay.close();
      await master.close();
    },
  };
}

function startWorker(installation: Installation, kind: WorkerKind, basedir: string): ChildProcess {
  const argv = ["start", "--nodaemon", basedir];
  if (kind === "buildhand") return installation.start(argv).child;
  return spawn(BUILDBOT_WORKER, argv, { stdio: "ignore" });
}

/** The arguments of a shell command that runs in the builder's directory, as far as masters must send them. */
export function shellArguments(directory: string, command: string): Record<string, JellyValue> {
  return { workdir: directory, command, env: null, want_stdout: 1, want_stderr: 1, timeout: 600, logEnviron: false };
}

/** A command whose output is counted, not kept. */
export class CountedCommand {
  readonly id: string;
  readonly object: RemoteObject;
  /** Resolves to the rc. */
  readonly completed: Promise<unknown>;
  /** All its headers. */
  headers = "";
  stdoutBytes = 0;
  #rc: unknown;

  constructor(id: string) {
    this.id = id;
    let resolve: (rc: unknown) => void = () => {};
    this.completed = new Promise((settle) => {
      resolve = settle;
    });
    const complete = () => {
      resolve(this.#rc);
      return null;
    };
    this.object = {
      methods: new Map([
        ["update", (call: IncomingCall) => this.#update(call)],
        ["complete", complete],
      ]),
    };
  }

  #update({ args: [pairs] }: IncomingCall): JellyValue {
    for (const [update] of pairs as readonly [ReadonlyMap<string, JellyValue>, number][]) {
      for (const [key, value] of update) {
        if (key === "rc") this.#rc = value;
        if (key === "header") this.headers += String(value);
        if (key === "stdout") this.stdoutBytes += Buffer.byteLength(String(value));
      }
    }
    return 0;
  }
}

function mebibytes(text: string, field: string): number {
  const [, kibibytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text) ?? [];
  if (kibibytes === undefined) throw new Error(`the kernel does not tell ${field}`);
  return Math.round(Number(kibibytes) / 102.4) / 10;
}
