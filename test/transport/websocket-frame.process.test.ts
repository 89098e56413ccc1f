import { once } from "node:events";
import { connect } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { maskedFrameHeader } from "../../src/transport/websocket-frame.ts";

const UPGRADE = [
  "GET / HTTP/1.1",
  "Host: master",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  `Sec-WebSocket-Key: ${Buffer.alloc(16).toString("base64")}`,
];

it("a server reads binary messages of every size, at any place in memory", async () => {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => server.close());
  await once(server, "listening");
  const received: Buffer[] = [];
  const sizes = [0, 1, 3, 4, 125, 126, 127, 65_535, 65_536, 200_001];
  const all = new Promise<void>((resolve) => {
    server.on("connection", (webSocket) =>
      webSocket.on("message", (message: Buffer) => {
        received.push(message);
        if (received.length === 2 * sizes.length) resolve();
      }),
    );
  });
  const { port } = server.address() as { port: number };
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.write(`${UPGRADE.join("\r\n")}\r\n\r\n`);
  const sent: Buffer[] = [];
  for (const size of sizes) {
    for (const offset of [0, 1]) {
      const payload = Buffer.allocUnsafeSlow(size + offset).subarray(offset);
      for (let index = 0; index < size; index += 1) payload[index] = index * 7;
      sent.push(Buffer.from(payload));
      socket.write(maskedFrameHeader(payload));
      socket.write(payload);
    }
  }
  await all;
  // Not by toEqual, which takes seconds for so many bytes.
  expect(received.map((payload, index) => sent[index]?.equals(payload))).toEqual(sent.map(() => true));
});

it("every frame has a key of its own", () => {
  const headers = Array.from({ length: 20 }, () => maskedFrameHeader(Buffer.alloc(10)).toString("hex"));
  expect(new Set(headers).size).toBe(20);
});
