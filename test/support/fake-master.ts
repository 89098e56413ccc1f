// A buildmaster of a few lines on a loopback socket, made of our own broker in the server's role: for tests that need a
// master which does just what they say.
import { createServer, type Server, type Socket } from "node:net";
import { Float, Tuple } from "../../src/base/python-values.ts";
import { Broker } from "../../src/session/pb/broker.ts";
import { createPortal } from "../../src/session/pb/portal.ts";
import type { IncomingCall, RemoteMethod, RemoteObject } from "../../src/session/pb/remote-object.ts";
import type { JellyValue, Remote } from "../../src/wire/jelly/values.ts";
import { viewOf } from "./vectors.ts";

export interface FakeMasterOptions {
  readonly passwords?: Readonly<Record<string, string>>;
  /** Answers `keepalive`; the default answers at once. */
  readonly onKeepalive?: () => JellyValue | Promise<JellyValue>;
  /** Answers `shutdown`; without it the master has no such method. */
  readonly onShutdown?: () => JellyValue | Promise<JellyValue>;
  /** Refuses every login that was right with this. */
  readonly refusesWith?: Error;
  /** What it sends of itself before it says that the login went well; default: a list without builders. */
  readonly attachesWith?: "an empty list" | "nothing";
}

export class FakeMaster {
  readonly port: number;
  readonly #server: Server;
  readonly #attached: AttachedWorker[] = [];
  #wanted: ((worker: AttachedWorker) => void)[] = [];
  readonly sockets = new Set<Socket>();

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async listen(options: FakeMasterOptions = {}, port = 0): Promise<FakeMaster> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const address = server.address();
    const master = new FakeMaster(server, typeof address === "object" ? (address?.port ?? 0) : 0);
    server.on("connection", (socket) => master.#serve(socket, options));
    return master;
  }

  /** The next worker that logs in, or one that did and was not taken yet. */
  nextWorker(): Promise<AttachedWorker> {
    const waiting = this.#attached.shift();
    if (waiting !== undefined) return Promise.resolve(waiting);
    return new Promise((resolve) => this.#wanted.push(resolve));
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket, options: FakeMasterOptions): void {
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("error", () => {}); // a worker that was killed
    const passwords = options.passwords ?? { w1: "sekret" };
    const broker: Broker = new Broker({
      role: "server",
      send: (chunks) => void chunks.map((chunk) => socket.write(chunk)),
      root: createPortal({
        broker: () => broker,
        passwordOf: (name) => passwords[name],
        attach: (name, mind) => this.#attach(new AttachedWorker(name, mind, broker, socket), options),
      }),
    });
    socket.on("data", (chunk: Buffer) => broker.receive(chunk));
    socket.on("close", () => broker.close(new Error("the worker is gone")));
  }

  async #attach(worker: AttachedWorker, options: FakeMasterOptions): Promise<RemoteObject> {
    if (options.refusesWith !== undefined) throw options.refusesWith;
    if (options.attachesWith !== "nothing") await worker.setBuilders();
    const wanted = this.#wanted.shift();
    if (wanted === undefined) this.#attached.push(worker);
    else wanted(worker);
    const methods = new Map<string, RemoteMethod>([["keepalive", () => options.onKeepalive?.() ?? null]]);
    if (options.onShutdown !== undefined) methods.set("shutdown", options.onShutdown);
    return { methods };
  }
}

export class AttachedWorker {
  readonly name: string;
  readonly mind: Remote;
  readonly broker: Broker;
  readonly socket: Socket;
  #lastId = 0;

  constructor(name: string, mind: Remote, broker: Broker, socket: Socket) {
    this.name = name;
    this.mind = mind;
    this.broker = broker;
    this.socket = socket;
  }

  call(method: string, ...args: JellyValue[]): Promise<JellyValue> {
    return this.broker.call(this.mind, method, args);
  }

  /** Sends the whole list; each builder's directory is its name. */
  async setBuilders(...names: string[]): Promise<ReadonlyMap<string, Remote>> {
    const answer = await this.call(
      "setBuilderList",
      names.map((name) => new Tuple<JellyValue>([name, name])),
    );
    return answer as unknown as ReadonlyMap<string, Remote>;
  }

  /** Starts a command; what it reports is collected. Rejects when the worker refuses it. */
  async startCommand(builder: Remote, name: string, args: Record<string, JellyValue>): Promise<CommandReport> {
    this.#lastId += 1;
    const report = new CommandReport(String(this.#lastId));
    const ref = this.broker.expose(report.object);
    const dictionary = new Map<JellyValue, JellyValue>(Object.entries(args));
    await this.broker.call(builder, "startCommand", [ref, report.id, name, dictionary]);
    return report;
  }

  /** Runs a command to its end. */
  async run(builder: Remote, name: string, args: Record<string, JellyValue>): Promise<CommandReport> {
    const report = await this.startCommand(builder, name, args);
    await report.completed;
    return report;
  }
}

/** All that a command told the master. */
export class CommandReport {
  readonly id: string;
  readonly updates: [string, unknown][] = [];
  readonly object: RemoteObject;
  /** Resolves to what `complete` brought. */
  readonly completed: Promise<unknown>;
  completions = 0;
  #complete: (value: unknown) => void = () => {};
  #waiting: { test: () => boolean; resolve: () => void }[] = [];

  constructor(id: string) {
    this.id = id;
    this.completed = new Promise((resolve) => {
      this.#complete = resolve;
    });
    this.object = {
      methods: new Map([
        ["update", (call: IncomingCall) => this.#update(call)],
        [
          "complete",
          (call: IncomingCall) => {
            this.end(viewOf(call.args[0] ?? null));
            return null;
          },
        ],
      ]),
    };
  }

  /** What came, in whichever protocol. */
  note(updates: readonly (readonly [string, unknown])[]): void {
    for (const [key, value] of updates) this.updates.push([key, value]);
    for (const { resolve } of this.#waiting.filter(({ test }) => test())) resolve();
  }

  end(value: unknown): void {
    this.completions += 1;
    this.#complete(value);
  }

  /** All text of a stream. */
  text(stream: "stdout" | "stderr" | "header"): string {
    return this.updates
      .filter(([key]) => key === stream)
      .map(([, value]) => value)
      .join("");
  }

  value(key: string): unknown {
    return this.updates.findLast(([name]) => name === key)?.[1];
  }

  /** Resolves when a stream holds `text`. */
  printed(stream: "stdout" | "stderr" | "header", text: string): Promise<void> {
    const test = () => this.text(stream).includes(text);
    if (test()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ test, resolve }));
  }

  #update(call: IncomingCall): JellyValue {
    for (const pair of call.args[0] as readonly [ReadonlyMap<string, JellyValue>, number][]) {
      this.note([...pair[0]].map(([key, value]) => [key, value instanceof Float ? value : viewOf(value)]));
    }
    return 0;
  }
}
