import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { TcpEndpoint } from "../../src/transport/endpoint.ts";
import { KnownNames } from "../../src/transport/known-names.ts";
import type { MasterTarget } from "../../src/transport/master-target.ts";
import { connectTcp } from "../../src/transport/tcp.ts";
import { connected, connecting, failure } from "../support/connecting.ts";
import { type Listening, listen, plainServer } from "../support/listening.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { tcpTarget } from "../support/tcp-target.ts";

const started: Listening[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await one.end();
});

async function serve(): Promise<Listening> {
  const listening = await listen(plainServer(() => {}));
  started.push(listening);
  return listening;
}

async function deadPort(): Promise<number> {
  const listening = await listen(createServer());
  await listening.end();
  return listening.port;
}

function target(host: string, port: number, settings: Partial<TcpEndpoint> = {}): MasterTarget {
  const { endpoint, ...rest } = tcpTarget(host, port);
  return { ...rest, endpoint: { ...(endpoint as TcpEndpoint), ...settings } };
}

/** A connection to a name that has these addresses. */
function connectByName(addresses: readonly string[], endpoint: Partial<TcpEndpoint>) {
  const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  const options = { clock: new ManualClock(), signal: new AbortController().signal, onStage() {}, onWarning() {} };
  const to = target("many.example", 1, endpoint).endpoint as TcpEndpoint;
  return connectTcp(to, options, new KnownNames(async () => found));
}

describe("a TCP connection", () => {
  it("is made by name, one address after the other", async () => {
    const { port } = await serve();
    const attempt = connecting(target("localhost", port));
    const socket = await connected(attempt);
    expect(socket.remotePort).toBe(port);
    expect(attempt.stages).toEqual(["name lookup", "TCP"]);
    socket.destroy();
  });

  it("has no listeners and no settings that end it", async () => {
    const socket = await connected(connecting(target("127.0.0.1", (await serve()).port)));
    expect(socket.listenerCount("error") + socket.listenerCount("connect")).toBe(0);
    expect(socket.timeout ?? 0).toBe(0);
    expect(socket.readableFlowing).toBe(null);
    socket.destroy();
  });

  it.skipIf(process.platform !== "linux")(
    "asks the other host after a minute of silence whether it is there",
    async () => {
      const socket = await connected(connecting(target("127.0.0.1", (await serve()).port)));
      const [timer = "", whenHex = ""] = timerOf(socket.localPort ?? 0);
      expect(timer).toBe("02");
      expect(Number.parseInt(whenHex, 16) / 100).toBeGreaterThan(50);
      expect(Number.parseInt(whenHex, 16) / 100).toBeLessThanOrEqual(60.1);
      socket.destroy();
    },
  );

  it("is made from the given local address", async () => {
    const server = createServer();
    const accepted = once(server, "connection");
    const listening = await listen(server);
    started.push(listening);
    const socket = await connected(connecting(target("127.0.0.1", listening.port, { bindAddress: "127.0.0.2" })));
    const [peer] = await accepted;
    expect(peer.remoteAddress).toBe("127.0.0.2");
    socket.destroy();
  });

  it("tries all addresses of the name, also from a given local address", async () => {
    const { port } = await serve();
    for (const bindAddress of [undefined, "127.0.0.3"]) {
      const socket = await connectByName(["::1", "127.0.0.2", "127.0.0.1"], { port, bindAddress });
      expect(socket.remoteAddress).toBe("127.0.0.1");
      socket.destroy();
    }
  });

  it("reports the cause for each address", async () => {
    const port = await deadPort();
    await expect(connectByName(["127.0.0.2", "127.0.0.1"], { port })).rejects.toThrow(
      `TCP: cannot connect to many.example:${port}: connection refused (ECONNREFUSED 127.0.0.2:${port}); connection refused (ECONNREFUSED 127.0.0.1:${port})`,
    );
  });

  it("cannot be made from an address of the other family, or of another host", async () => {
    const { port } = await serve();
    expect(await failure(connecting(target("127.0.0.1", port, { bindAddress: "::1" })))).toBe(
      `TCP: cannot connect to 127.0.0.1:${port} from ::1: it has no address of that family`,
    );
    expect(await failure(connecting(target("127.0.0.1", port, { bindAddress: "192.0.2.1" })))).toMatch(
      /this host does not have the local address, or no local port is free \(EADDRNOTAVAIL/,
    );
  });

  it("reports address and cause when nobody listens", async () => {
    const port = await deadPort();
    const attempt = connecting(target("127.0.0.1", port));
    expect(await failure(attempt)).toBe(
      `TCP: cannot connect to 127.0.0.1:${port}: connection refused (ECONNREFUSED 127.0.0.1:${port})`,
    );
    expect(attempt.stages).toEqual(["TCP"]);
  });

  it("reports an unknown name", async () => {
    const attempt = connecting(target("no-such-host.invalid", 1));
    expect(await failure(attempt)).toMatch(/^name lookup: no-such-host\.invalid: .*(?:ENOTFOUND|EAI_AGAIN)/);
    expect(attempt.stages).toEqual(["name lookup"]);
  });

  it("is not tried when the worker stops", async () => {
    const attempt = connecting(target("127.0.0.1", (await serve()).port));
    attempt.stop.abort();
    expect(await failure(attempt)).toMatch(/^TCP: aborted/);
  });
});

/** In /proc/net/tcp, which has earlier connections too. */
const ESTABLISHED = "01";

/** The kernel's timer of the connection from this port: its kind (2 is keepalive), and when it fires, in hundredths of a second. */
function timerOf(localPort: number): readonly string[] {
  const port = localPort.toString(16).toUpperCase().padStart(4, "0");
  const line = readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((text) => text.trim().split(/\s+/))
    .find(([, local, , state]) => local?.endsWith(`:${port}`) && state === ESTABLISHED);
  return line?.[5]?.split(":") ?? [];
}
