// The objects of this worker that a PB master calls: the bot, and one for each builder (buildbot-pb.md §1).
import { clip } from "../../base/clip.ts";
import { baseErrors } from "../../base/errors.ts";
import type { TransferBudget } from "../../commands/index.ts";
import type { Broker, IncomingCall, RemoteMethod, RemoteObject } from "../../session/pb/index.ts";
import { type JellyValue, Remote } from "../../wire/jelly/index.ts";
import { readText } from "../argument-values.ts";
import type { Backlog } from "../backlog.ts";
import type { Builder } from "../builder.ts";
import type { Worker } from "../worker.ts";
import { commandVersions, workerInfo } from "../worker-info.ts";
import { argument, readBuilderList, readCommandArguments } from "./pb-arguments.ts";
import { PbCommandPeer } from "./pb-command-peer.ts";

export interface PbBotOptions {
  readonly worker: Worker;
  readonly broker: Broker;
  readonly backlog: Backlog;
  readonly budget: TransferBudget;
  /** The master has sent its builders; `work` resolves when they are set up, and rejects if that fails. */
  readonly onBuilderList: (work: Promise<unknown>) => void;
  /** The master requests the end of the process; its call is answered first. */
  readonly onShutdown: () => void;
  /** A build begins. */
  readonly onBuild?: (() => void) | undefined;
}

/** The object that the worker passes to the master in the login. */
export function createBot(options: PbBotOptions): RemoteObject {
  const { worker } = options;
  const builderObjects = new Map<Builder, RemoteObject>();
  return object({
    print: (call) => print(worker, call),
    getWorkerInfo: async () => new Map<JellyValue, JellyValue>(await workerInfo(worker.settings)),
    getCommands: () => commandVersions(worker.settings.commands),
    getVersion: () => worker.settings.version,
    setBuilderList: (call) => setBuilderList(options, builderObjects, call),
    shutdown: () => {
      worker.settings.log("worker shutting down on command from master");
      options.onShutdown();
      return null;
    },
  });
}

async function setBuilderList(
  options: PbBotOptions,
  objects: Map<Builder, RemoteObject>,
  call: IncomingCall,
): Promise<JellyValue> {
  const entries = readBuilderList(argument(call, 0, "wanted"));
  const work = options.worker.setBuilderList(entries);
  options.onBuilderList(work);
  const builders = await work;
  for (const builder of objects.keys()) if (!builders.includes(builder)) objects.delete(builder);
  const answer = new Map<JellyValue, JellyValue>();
  for (const [i, builder] of builders.entries()) {
    const remote = objects.get(builder) ?? createBuilderObject(options, builder);
    objects.set(builder, remote);
    answer.set(entries[i]!.wireName, options.broker.expose(remote));
  }
  return answer;
}

function createBuilderObject(options: PbBotOptions, builder: Builder): RemoteObject {
  return object({
    print: (call) => print(options.worker, call),
    // Nothing to prepare since 0.9.
    startBuild: () => {
      options.onBuild?.();
      return null;
    },
    // Masters of the 0.8 series introduce themselves to each builder.
    setMaster: () => null,
    startCommand: (call) => startCommand(options, builder, call),
    interruptCommand: (call) => {
      builder.interrupt(commandId(argument(call, 0, "command_id")), whyOf(argument(call, 1, "why")));
      return null;
    },
  });
}

function startCommand(options: PbBotOptions, builder: Builder, call: IncomingCall): JellyValue {
  const command = argument(call, 0, "command_ref");
  if (!(command instanceof Remote)) {
    throw baseErrors.badArguments("startCommand", "a reference to the master's command", "something else");
  }
  const id = commandId(argument(call, 1, "command_id"));
  const args = readCommandArguments(argument(call, 3, "args"));
  const [writer, reader] = ["writer", "reader"].map((name) => remoteOf(args.get(name)));
  builder.start({
    id,
    command: readText("startCommand", "the name of a command", argument(call, 2, "command")),
    args,
    peer: new PbCommandPeer({
      broker: options.broker,
      backlog: options.backlog,
      budget: options.budget,
      command,
      writer,
      reader,
      log: (text) => options.worker.settings.log(`(command ${id}): ${text}`),
    }),
  });
  for (const handle of [command, writer, reader]) if (handle !== undefined) call.keep(handle);
  return null;
}

function remoteOf(value: unknown): Remote | undefined {
  return value instanceof Remote ? value : undefined;
}

function print(worker: Worker, call: IncomingCall): JellyValue {
  const expected = call.args.length + call.kwargs.size === 1;
  if (!expected) throw baseErrors.badArguments("print", "one message", `${call.args.length + call.kwargs.size}`);
  worker.print(readText("print", "a message", argument(call, 0, "message")));
  return null;
}

/** Opaque to us; masters send text, old ones bytes, and integers are accepted too. */
function commandId(value: JellyValue | undefined): string {
  return typeof value === "number" || typeof value === "bigint"
    ? String(value)
    : clip(readText("command", "a command id", value));
}

function whyOf(value: JellyValue | undefined): string {
  return typeof value === "string" || value instanceof Uint8Array
    ? readText("interruptCommand", "a reason", value)
    : "";
}

function object(methods: Readonly<Record<string, RemoteMethod>>): RemoteObject {
  return { methods: new Map(Object.entries(methods)) };
}
