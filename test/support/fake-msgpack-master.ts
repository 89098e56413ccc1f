// A buildmaster of a few lines that speaks MessagePack on a loopback socket, made of our own exchange and the server of `ws`:
// for tests that need a master which does just what they say.
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { commandsErrors } from "../../src/commands/errors.ts";
import { sessionErrors } from "../../src/session/errors.ts";
import { Exchange, type Operation } from "../../src/session/msgpack/exchange.ts";
import type { MsgpackMap, MsgpackValue } from "../../src/wire/msgpack/values.ts";
import { CommandReport } from "./fake-master.ts";

/** What real masters send; the expression is a Python one. */
export const MASTERS_SETTINGS: Readonly<Record<string, MsgpackValue>> = {
  newline_re: String.raw`(\r\n|\r(?=.)|\033\[u|\033\[[0-9]+;[0-9]+[Hf]|\033\[2J|\x08+)`,
  max_line_length: 4096,
  buffer_timeout: 5,
  buffer_size: 65_536,
};

export interface FakeMsgpackMasterOptions {
  readonly passwords?: Readonly<Record<string, string>>;
  /** What it does with a worker that it has let in; default: attaches it as a real master does, without builders. */
  readonly attachesWith?: "a list" | "nothing";
  /** Accepts permessage-deflate. */
  readonly deflate?: boolean;
}

export class FakeMsgpackMaster {
  readonly port: number;
  /** The requests for WebSockets that came. */
  readonly requests: IncomingMessage[] = [];
  readonly sockets = new Set<Socket>();
  /** The worker that connected last, which is attached once `attaching` resolves. */
  newest: { readonly worker: AttachedMsgpackWorker; readonly attaching: Promise<unknown> } | undefined;
  readonly #server: Server;
  readonly #attached: AttachedMsgpackWorker[] = [];
  #wanted: ((worker: AttachedMsgpackWorker) => void)[] = [];

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async listen(options: FakeMsgpackMasterOptions = {}, port = 0): Promise<FakeMsgpackMaster> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const address = server.address();
    const master = new FakeMsgpackMaster(server, typeof address === "object" ? (address?.port ?? 0) : 0);
    server.on("connection", (socket: Socket) => {
      master.sockets.add(socket);
      socket.on("close", () => master.sockets.delete(socket));
      socket.on("error", () => {}); // a worker that was killed
    });
    const passwords = options.passwords ?? { w1: "sekret" };
    const webSockets = new WebSocketServer({
      server,
      perMessageDeflate: options.deflate === true ? { threshold: 0 } : false,
      // As autobahn does: the status line, and nothing more.
      verifyClient: ({ req }, answer) => answer(isLetIn(req, passwords), 401),
    });
    webSockets.on("connection", (webSocket, request) => {
      master.requests.push(request);
      const worker = new AttachedMsgpackWorker(webSocket, request);
      master.newest = { worker, attaching: master.#attach(worker, options) };
    });
    return master;
  }

  /** The next worker that is attached, or one that was and was not taken yet. */
  nextWorker(): Promise<AttachedMsgpackWorker> {
    const waiting = this.#attached.shift();
    if (waiting !== undefined) return Promise.resolve(waiting);
    return new Promise((resolve) => this.#wanted.push(resolve));
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #attach(worker: AttachedMsgpackWorker, { attachesWith = "a list" }: FakeMsgpackMasterOptions): Promise<void> {
    try {
      if (attachesWith === "a list") await worker.attach();
    } catch (error) {
      if (!sessionErrors.connectionLost.is(error)) throw error;
      return; // it went before it was attached
    }
    const wanted = this.#wanted.shift();
    if (wanted === undefined) this.#attached.push(worker);
    else wanted(worker);
  }
}

function isLetIn({ headers }: IncomingMessage, passwords: Readonly<Record<string, string>>): boolean {
  const [scheme, credentials = ""] = (headers.authorization ?? "").split(" ");
  const [name = "", ...password] = Buffer.from(credentials, "base64").toString().split(":");
  return scheme === "Basic" && passwords[name] === password.join(":");
}

/** The master's end of a command's file: by operation, what it answers. */
export type FileOperations = Readonly<Record<string, (fields: MsgpackMap) => MsgpackValue | Promise<MsgpackValue>>>;

const FILE_OPERATIONS = [
  "update_upload_file_write",
  "update_upload_file_utime",
  "update_upload_file_close",
  "update_upload_directory_write",
  "update_upload_directory_unpack",
  "update_read_file",
  "update_read_file_close",
];

export class AttachedMsgpackWorker {
  readonly webSocket: WebSocket;
  readonly socket: Socket;
  readonly exchange: Exchange;
  /** What the worker said of itself. */
  info: MsgpackMap = new Map();
  readonly #commands = new Map<string, { readonly report: MsgpackReport; readonly file: FileOperations }>();
  #lastId = 0;

  constructor(webSocket: WebSocket, request: IncomingMessage) {
    this.webSocket = webSocket;
    this.socket = request.socket;
    this.exchange = new Exchange({
      operations: this.#operations(),
      send: (message) => webSocket.send(message),
      onProblem: () => {},
      onBug: (error) => {
        throw error;
      },
    });
    webSocket.on("message", (message: Buffer) => this.exchange.receive(message));
    webSocket.on("close", () => this.exchange.close(sessionErrors.connectionLost("the worker is gone")));
    webSocket.on("error", () => {}); // a worker that was killed
  }

  request(op: string, fields: Readonly<Record<string, MsgpackValue>> = {}): Promise<MsgpackValue> {
    return this.exchange.request(op, new Map(Object.entries(fields)), "prompt");
  }

  /** As real masters do, of a master without builders. */
  async attach(): Promise<void> {
    await this.request("print", { message: "attached" });
    this.info = (await this.request("get_worker_info")) as MsgpackMap;
    await this.setSettings();
    const listing = await this.startCommand("listdir", { path: String(this.info.get("basedir")) }, { builder: null });
    await listing.completed;
  }

  /** All four, but for what is changed. */
  async setSettings(changes: Readonly<Record<string, MsgpackValue>> = {}): Promise<void> {
    const args = new Map(Object.entries({ ...MASTERS_SETTINGS, ...changes }));
    await this.request("set_worker_settings", { args });
  }

  /** Starts a command; what it reports is collected. Rejects when the worker refuses it. */
  async startCommand(
    name: string,
    args: Readonly<Record<string, MsgpackValue>>,
    { builder = "b1", file = {} }: { readonly builder?: string | null; readonly file?: FileOperations } = {},
  ): Promise<MsgpackReport> {
    this.#lastId += 1;
    const report = new MsgpackReport(String(this.#lastId));
    this.#commands.set(report.id, { report, file });
    await this.request("start_command", {
      ...(builder === null ? {} : { builder_name: builder }),
      command_id: report.id,
      command_name: name,
      args: new Map(Object.entries(args)),
    });
    return report;
  }

  /** Runs a command to its end. */
  async run(...start: Parameters<AttachedMsgpackWorker["startCommand"]>): Promise<MsgpackReport> {
    const report = await this.startCommand(...start);
    await report.completed;
    return report;
  }

  #operations(): ReadonlyMap<string, Operation> {
    const commandOf = (fields: MsgpackMap) => {
      const command = this.#commands.get(String(fields.get("command_id")));
      if (command === undefined) throw commandsErrors.missingKey('unknown "command_id"');
      return command;
    };
    return new Map<string, Operation>([
      [
        "update",
        (fields) => {
          commandOf(fields).report.take(fields.get("args") as readonly (readonly [string, MsgpackValue])[]);
          return null;
        },
      ],
      [
        "complete",
        (fields) => {
          commandOf(fields).report.end(fields.get("args"));
          return null;
        },
      ],
      ...FILE_OPERATIONS.map((op): [string, Operation] => [
        op,
        (fields) => commandOf(fields).file[op]?.(fields) ?? null,
      ]),
    ]);
  }
}

/** All that a command told the master. */
export class MsgpackReport extends CommandReport {
  /** As they came, one item for each message. */
  readonly messages: (readonly (readonly [string, MsgpackValue])[])[] = [];

  take(updates: readonly (readonly [string, MsgpackValue])[]): void {
    this.messages.push(updates);
    this.note(updates.map(([key, value]) => [key, textOf(key, value)]));
  }
}

/** Text comes with the places of its newlines and the times of its lines. */
function textOf(key: string, value: MsgpackValue): unknown {
  if (["header", "stdout", "stderr"].includes(key)) return (value as readonly unknown[])[0];
  return value;
}
