import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { errors } from "../../src/base/errors.ts";
import { connectTcp } from "../../src/transport/tcp.ts";

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => servers.splice(0).map((server) => server.close()));

async function freePort(listening: boolean): Promise<number> {
  const server = createServer((socket) => socket.end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (listening) servers.push(server);
  else server.close();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

describe("connectTcp", () => {
  it("connects", async () => {
    const socket = await connectTcp({ host: "localhost", port: await freePort(true) }, new AbortController().signal);
    expect(socket.remotePort).toBeGreaterThan(0);
    socket.destroy();
  });

  it("tells address and cause when nobody listens", async () => {
    const port = await freePort(false);
    await expect(connectTcp({ host: "127.0.0.1", port }, new AbortController().signal)).rejects.toMatchObject({
      code: errors.connectFailed.code,
      message: expect.stringMatching(`127.0.0.1:${port}: .*ECONNREFUSED`),
    });
  });

  it("tells that a name is not known", async () => {
    await expect(
      connectTcp({ host: "no-such-host.invalid", port: 1 }, new AbortController().signal),
    ).rejects.toMatchObject({
      code: errors.connectFailed.code,
      message: expect.stringContaining("no-such-host.invalid"),
    });
  });

  it("stops trying when it is told to", async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(connectTcp({ host: "127.0.0.1", port: await freePort(true) }, stop.signal)).rejects.toMatchObject({
      code: errors.connectFailed.code,
    });
  });
});
