// A minimal PB worker that connects to a master on loopback and does whatever a test requires, even if it is invalid.
import { connect, type Socket } from "node:net";
import type { Tuple } from "../../../src/base/python-values.ts";
import { Broker } from "../../../src/session/pb/broker.ts";
import { login } from "../../../src/session/pb/login.ts";
import type { IncomingCall, RemoteMethod, RemoteObject } from "../../../src/session/pb/remote-object.ts";
import type { JellyValue, Remote } from "../../../src/wire/jelly/values.ts";
import { PASSWORD } from "./test-registry.ts";

export type Methods = Readonly<Record<string, RemoteMethod>>;

export interface RawClient {
  readonly socket: Socket;
  readonly broker: Broker;
  /** Resolves when the connection is over. */
  readonly closed: Promise<void>;
}

/** What a command came with. */
export interface StartedCommand {
  readonly command: Remote;
  readonly id: string;
  readonly name: string;
  readonly args: ReadonlyMap<string, JellyValue>;
}

export async function meet(port: number): Promise<RawClient> {
  const socket = connect(port, "127.0.0.1");
  const closed = new Promise<void>((resolve) => void socket.once("close", () => resolve()));
  socket.on("error", () => {}); // the master broke off
  let ready: () => void = () => {};
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const broker = new Broker({
    role: "client",
    send: (chunks) => void chunks.map((chunk) => socket.write(chunk)),
    onReady: () => ready(),
  });
  socket.on("data", (chunk: Buffer) => broker.receive(chunk));
  socket.on("close", () => broker.close(new Error("the master broke off")));
  await Promise.race([isReady, closed]);
  return { socket, broker, closed };
}

export interface Attached extends RawClient {
  readonly perspective: Remote;
  /** Commands that were started, the next that nobody took yet. */
  nextCommand(): Promise<StartedCommand>;
  call(target: Remote, method: string, ...args: JellyValue[]): Promise<JellyValue>;
  update(command: StartedCommand, ...updates: (readonly [string, JellyValue])[]): Promise<JellyValue>;
  complete(command: StartedCommand, failure?: JellyValue): Promise<JellyValue>;
}

export const INFO: ReadonlyMap<string, JellyValue> = new Map<string, JellyValue>([
  ["basedir", "/w"],
  ["system", "posix"],
  ["version", "4.2.1"],
  ["worker_commands", new Map([["shell", "3.3"]])],
]);

/** Logs in with a bot that is as it should be, but for these methods. */
export async function attach(port: number, methods: Methods = {}, name = "w1"): Promise<Attached> {
  const client = await meet(port);
  const { broker } = client;
  const commands: StartedCommand[] = [];
  const waiting: (() => void)[] = [];
  const builder = object({
    startBuild: () => null,
    interruptCommand: () => null,
    startCommand(call) {
      const [command, id, commandName, args] = call.args as [Remote, string, string, Map<string, JellyValue>];
      for (const handle of [command, args.get("writer"), args.get("reader")]) if (handle) call.keep(handle as Remote);
      commands.push({ command, id, name: commandName, args });
      for (const wake of waiting.splice(0)) wake();
      return null;
    },
    ...methods,
  });
  const bot = object({
    print: () => null,
    getWorkerInfo: () => INFO,
    setBuilderList: ({ args: [list] }) =>
      new Map(
        (list as readonly Tuple<JellyValue>[]).map(({ items: [builderName = ""] }) => [
          builderName,
          broker.expose(builder),
        ]),
      ),
    ...methods,
  });
  const perspective = await login(broker, { name, password: PASSWORD }, bot);
  return {
    ...client,
    perspective,
    async nextCommand() {
      for (;;) {
        const command = commands.shift();
        if (command !== undefined) return command;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    call: (target, method, ...args) => broker.call(target, method, args),
    update: ({ command }, ...updates) =>
      broker.call(command, "update", [updates.map(([key, value]) => [new Map([[key, value]]), 0])]),
    complete: ({ command }, failure = null) => broker.call(command, "complete", [failure]),
  };
}

function object(methods: Methods): RemoteObject {
  return {
    methods: new Map<string, (call: IncomingCall) => JellyValue | Promise<JellyValue>>(Object.entries(methods)),
  };
}
