// A minimal MessagePack worker that connects to a master on loopback and does whatever a test requires, even if invalid.
import { connect as connectTcp } from "node:net";
import { WebSocket } from "ws";
import { Exchange, type Operation } from "../../../src/session/msgpack/exchange.ts";
import type { MsgpackMap, MsgpackValue } from "../../../src/wire/msgpack/values.ts";
import { PASSWORD } from "./test-registry.ts";

export interface MsgpackWorker {
  readonly webSocket: WebSocket;
  readonly closed: Promise<void>;
  /** What was asked of it, in order. */
  readonly asked: readonly string[];
  nextCommand(): Promise<MsgpackMap>;
  request(op: string, fields: Readonly<Record<string, MsgpackValue>>): Promise<MsgpackValue>;
}

export const INFO = new Map<string, MsgpackValue>([
  ["basedir", "/w"],
  ["system", "posix"],
  ["version", "4.2.1"],
]);

/** Connects with a set of operations that is as it should be, but for these. Resolves when the WebSocket is open. */
export async function attach(
  port: number,
  operations: Readonly<Record<string, Operation>> = {},
  name = "w1",
): Promise<MsgpackWorker> {
  const authorization = `Basic ${Buffer.from(`${name}:${PASSWORD}`).toString("base64")}`;
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}`, { headers: { authorization } });
  const closed = new Promise<void>((resolve) => void webSocket.once("close", () => resolve()));
  webSocket.on("error", () => {}); // the master broke off
  const asked: string[] = [];
  const commands: MsgpackMap[] = [];
  const waiting: (() => void)[] = [];
  const all: Readonly<Record<string, Operation>> = {
    print: () => null,
    keepalive: () => null,
    get_worker_info: () => INFO,
    set_worker_settings: () => null,
    interrupt_command: () => null,
    start_command(fields) {
      const id = fields.get("command_id") ?? null;
      if (fields.has("builder_name")) {
        commands.push(fields);
        for (const wake of waiting.splice(0)) wake();
        return null;
      }
      const isList = fields.get("command_name") === "listdir";
      const updates: MsgpackValue = isList
        ? [
            ["files", ["info", "b1"]],
            ["rc", 0],
          ]
        : [["rc", 0]];
      void request("update", { command_id: id, args: updates }).then(() =>
        request("complete", { command_id: id, args: null }),
      );
      return null;
    },
    ...operations,
  };
  const exchange = new Exchange({
    operations: new Map(
      Object.entries(all).map(([op, act]): [string, Operation] => [
        op,
        (fields) => {
          asked.push(`${op} ${String(fields.get("command_name") ?? fields.get("message") ?? "")}`.trim());
          return act(fields);
        },
      ]),
    ),
    send: (message) => webSocket.send(message),
    onProblem: () => {},
    onBug: (error) => {
      throw error;
    },
  });
  const request = (op: string, fields: Readonly<Record<string, MsgpackValue>>) =>
    exchange.request(op, new Map(Object.entries(fields)), "bulk");
  webSocket.on("message", (message: Buffer) => exchange.receive(message));
  webSocket.on("close", () => exchange.close(new Error("the master broke off")));
  await new Promise<void>((resolve, reject) => {
    webSocket.once("open", resolve);
    webSocket.once("close", () => reject(new Error("the master broke off")));
  });
  return {
    webSocket,
    closed,
    asked,
    request,
    async nextCommand() {
      for (;;) {
        const command = commands.shift();
        if (command !== undefined) return command;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}

/** All that a server answers to these bytes until it closes the connection. */
export async function answerTo(port: number, request: string): Promise<string> {
  const socket = connectTcp(port, "127.0.0.1");
  socket.on("error", () => {}); // as the server pleases
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  socket.write(request);
  await new Promise((resolve) => socket.once("close", resolve));
  return text;
}

/** For a WebSocket, with `more` lines at the end. */
export function request(authorization: string | undefined, more = ""): string {
  const lines = [
    "GET / HTTP/1.1",
    "Host: master",
    "Upgrade: WebSocket",
    "Connection: Upgrade",
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
  ];
  return `${lines.join("\r\n")}\r\n${more}\r\n`;
}

export function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString("base64")}`;
}
