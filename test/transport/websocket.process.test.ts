// A WebSocket client on a socket that a test has connected, against the server of `ws`.
import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { baseErrors } from "../../src/base/errors.ts";
import { openWebSocket } from "../../src/transport/websocket.ts";
import type { WebSocketEnd, WebSocketLink } from "../../src/transport/websocket-link.ts";
import { listen } from "../support/listening.ts";
import { poll } from "../support/poll.ts";

const MIB = 1024 * 1024;

const started: { end(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.end();
});

interface Pair {
  readonly link: WebSocketLink;
  readonly socket: Socket;
  readonly server: WebSocket;
  readonly serverSocket: Socket;
  readonly seen: string[];
  readonly ends: WebSocketEnd[];
}

/** Both ends of an open connection, and the events of the client. */
async function pair(messageLimitBytes = MIB): Promise<Pair> {
  const http = createServer();
  const webSockets = new WebSocketServer({ server: http });
  const listening = await listen(http);
  started.push(listening);
  const accepted = once(webSockets, "connection");
  const socket = connect({ port: listening.port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const seen: string[] = [];
  const ends: WebSocketEnd[] = [];
  const link = openWebSocket(
    { socket, host: "h", path: "/", authorization: "Basic x", deflate: false, messageLimitBytes },
    {
      onOpen: () => void seen.push("open"),
      onMessage: (message) => void seen.push(`message ${Buffer.from(message).toString()}`),
      onText: () => void seen.push("text"),
      onActivity: () => {},
      onEnd: (end) => void ends.push(end),
    },
  );
  started.push({ end: async () => link.end() });
  const [server, request] = (await accepted) as [WebSocket, { socket: Socket }];
  server.on("error", () => {}); // the client broke off
  await poll("the handshake", () => seen.includes("open"));
  return { link, socket, server, serverSocket: request.socket, seen, ends };
}

function received(server: WebSocket): string[] {
  const messages: string[] = [];
  server.on("message", (message: Buffer, isBinary: boolean) => messages.push(`${isBinary} ${message.toString()}`));
  return messages;
}

describe("a WebSocket", () => {
  it("carries whole messages both ways, those of the client as bytes", async () => {
    const { link, server, seen } = await pair();
    const messages = received(server);
    link.send(Buffer.from("one"), "bulk");
    link.send(Buffer.from("two"), "prompt");
    await poll("both", () => messages.length === 2);
    expect(messages.sort()).toEqual(["true one", "true two"]);
    server.send(Buffer.from("in"), { fin: false });
    server.send(Buffer.from(" pieces"), { fin: true });
    server.send("text");
    await poll("both", () => seen.length === 3);
    expect(seen.slice(1)).toEqual(["message in pieces", "text"]);
  });

  it("lets answers overtake messages for a server that does not read", async () => {
    const { link, server, serverSocket } = await pair();
    const messages = received(server);
    serverSocket.pause();
    const block = Buffer.alloc(MIB, "b");
    for (let i = 0; i < 40; i += 1) link.send(block, "bulk");
    link.send(Buffer.from("answer"), "prompt");
    serverSocket.resume();
    await poll("all", () => messages.length === 41, { deadlineMs: 20_000 });
    const place = messages.indexOf("true answer");
    expect(place).toBeGreaterThan(-1);
    expect(place).toBeLessThan(35);
  });

  it("refuses what a server that does not read would never get", async () => {
    const { link, serverSocket } = await pair();
    serverSocket.pause();
    const block = Buffer.alloc(4 * MIB);
    const send = () => {
      for (let i = 0; i < 40; i += 1) link.send(block, "bulk");
    };
    expect(send).toThrow(expect.toSatisfy(baseErrors.sessionLimit.is));
  });

  it("resolves a ping when it is answered", async () => {
    const { link } = await pair();
    await link.ping();
    await Promise.all([link.ping(), link.ping()]);
  });

  it.each<[string, (pair: Pair) => void, RegExp]>([
    ["an orderly end", ({ server }) => server.close(1001, "bye"), /^lost closed the connection \(1001 "bye"\)$/],
    ["an end without a code", ({ server }) => server.close(), /^lost closed the connection$/],
    ["the end of the line", ({ serverSocket }) => serverSocket.end(), /^lost closed the connection$/],
    ["a reset", ({ serverSocket }) => serverSocket.resetAndDestroy(), /^lost (closed|broke) the connection/],
    [
      "a message above the limit",
      ({ server }) => server.send(Buffer.alloc(2 * MIB)),
      /^broken sent a message of more than/,
    ],
    ["bytes that are no frame", ({ serverSocket }) => serverSocket.write(Buffer.from([0xff, 0xff])), /^broken/],
  ])("tells of %s once, and of nothing after it", async (_, strike, said) => {
    const both = await pair();
    strike(both);
    await poll("the end", () => both.ends.length > 0);
    both.link.send(Buffer.from("late"), "prompt");
    const late = both.link.ping().then(() => "answered");
    await poll("the socket to be gone", () => both.socket.closed);
    expect(both.ends).toHaveLength(1);
    const [end] = both.ends;
    expect(`${end?.kind} ${end !== undefined && "what" in end ? end.what : ""}`).toMatch(said);
    expect(await Promise.race([late, Promise.resolve("not answered")])).toBe("not answered");
  });

  it("that is ended locally is silent: it sends nothing and raises no events", async () => {
    const { link, server, serverSocket, socket, seen, ends } = await pair();
    const messages = received(server);
    link.end();
    link.end();
    link.send(Buffer.from("late"), "prompt");
    server.send(Buffer.from("late"));
    await poll("both sockets to be gone", () => socket.closed && serverSocket.closed);
    expect([seen, ends, messages]).toEqual([["open"], [], []]);
  });
});
