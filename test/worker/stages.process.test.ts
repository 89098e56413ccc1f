// Every stage of a connection against every kind of trouble. Whatever happens, the connection ends with the stage and the
// cause, in the time that the stage has, and leaves neither a timer nor a listener.
import { getEventListeners } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import type { MasterTarget } from "../../src/transport/master-target.ts";
import { encodeElement } from "../../src/wire/banana/encoder.ts";
import { dialectOffer } from "../../src/wire/pb/negotiation.ts";
import type { ConnectionEnd, ConnectionStage } from "../../src/worker/connection.ts";
import { pbConnection } from "../../src/worker/pb/pb-connection.ts";
import { makeAuthority } from "../support/certificates.ts";
import { type AttachedWorker, FakeMaster, type FakeMasterOptions } from "../support/fake-master.ts";
import { listen } from "../support/listening.ts";
import { type LoneWorker, loneWorker } from "../support/lone-worker.ts";
import { poll } from "../support/poll.ts";
import { tcpTarget } from "../support/tcp-target.ts";

/** A port that nobody answers on: listening there needs privileges, and nothing does. */
const DEAD_PORT = 1;
const GARBAGE = Buffer.from([0xff, 0x00]);
const SECOND = 1000;

const started: { end(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.end();
});

interface Attempt extends LoneWorker {
  readonly stages: readonly ConnectionStage[];
  readonly ended: Promise<ConnectionEnd>;
  /** How often `onLost` was called. */
  readonly lost: () => number;
  readonly stop: AbortController;
  reach(stage: ConnectionStage): Promise<void>;
}

async function attempt(target: MasterTarget): Promise<Attempt> {
  const lone = await loneWorker();
  started.push(lone);
  const stop = new AbortController();
  const stages: ConnectionStage[] = [];
  let lost = 0;
  const connection = pbConnection({
    worker: lone.worker,
    credentials: { name: "w1", password: "sekret" },
    keepaliveMs: 600 * SECOND,
    keepaliveDeadlineMs: 120 * SECOND,
    onShutdown: () => {},
  });
  const ended = connection.run({
    target,
    attachLimitMs: 60 * SECOND,
    signal: stop.signal,
    onStage: (stage) => void stages.push(stage),
    onLost: () => {
      lost += 1;
    },
  });
  const reach = async (stage: ConnectionStage) => void (await poll(stage, () => stages.at(-1) === stage));
  return { ...lone, stages, ended, lost: () => lost, stop, reach };
}

async function expectEnd(one: Attempt, stage: ConnectionStage, sentence: RegExp): Promise<void> {
  const end = await one.ended;
  expect(end.cause.message).toMatch(sentence);
  expect(end.stage).toBe(stage);
  expect(end.cause.message).not.toContain("sekret");
  expect(one.stages.at(-1)).toBe(stage);
  expect(one.clock.timerCount).toBe(0);
  expect(getEventListeners(one.stop.signal, "abort")).toEqual([]);
  expect(one.lost()).toBe(["login", "attach", "ready"].includes(stage) ? 1 : 0);
  expect(one.bugs).toEqual([]);
}

/** For a stage that takes its time to find out with whom it has to do. */
async function advanceToEnd({ ended, clock }: Attempt): Promise<void> {
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
  });
  await poll("the end", () => {
    if (!hasEnded) clock.advance(50);
    return hasEnded;
  });
}

async function serve(greet: (socket: Socket) => void): Promise<MasterTarget> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {}); // the worker broke off, as it should
    greet(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  started.push({
    async end() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  const address = server.address();
  return tcpTarget("127.0.0.1", typeof address === "object" ? (address?.port ?? 0) : 0);
}

async function masterOf(options: FakeMasterOptions): Promise<{ master: FakeMaster; target: MasterTarget }> {
  const master = await FakeMaster.listen(options);
  started.push({ end: () => master.close() });
  return { master, target: tcpTarget("127.0.0.1", master.port) };
}

const offer = Buffer.concat(encodeElement(dialectOffer, "none"));

describe("name lookup", () => {
  it("of a name that nobody has", async () => {
    const one = await attempt(tcpTarget("no-such-host.invalid", 1));
    await expectEnd(one, "name lookup", /^name lookup: .*no-such-host\.invalid/);
  });
});

describe("TCP", () => {
  it("to a port that refuses", async () => {
    await expectEnd(await attempt(tcpTarget("127.0.0.1", DEAD_PORT)), "TCP", /^TCP: .*127\.0\.0\.1:1\b.*ECONNREFUSED/);
  });

  it("that is stopped before it began", async () => {
    const one = await attempt(tcpTarget("127.0.0.1", DEAD_PORT));
    one.stop.abort();
    await expectEnd(one, "TCP", /^TCP: /);
  });
});

/** What every server may do to a client that speaks first. */
const upsets: readonly (readonly [string, (socket: Socket) => void])[] = [
  ["hangs up at once", (socket) => socket.end()],
  ["hangs up when it is spoken to", (socket) => socket.once("data", () => socket.end())],
  ["resets when it is spoken to", (socket) => socket.once("data", () => socket.resetAndDestroy())],
  ["sends garbage", (socket) => socket.once("data", () => socket.write(GARBAGE.toString("latin1").repeat(100_000)))],
];

describe.each<[ConnectionStage, (to: MasterTarget) => MasterTarget]>([
  [
    "proxy",
    ({ endpoint, ...target }) => ({
      ...target,
      endpoint: { kind: "tcp", host: "master.invalid", port: 9989, timeoutMs: 30 * SECOND, bindAddress: undefined },
      proxy: { endpoint, authorization: undefined },
    }),
  ],
  [
    "TLS",
    (target) => ({
      ...target,
      endpoint: {
        kind: "tls",
        under: target.endpoint,
        timeoutMs: 30 * SECOND,
        terms: { chain: "system", name: "localhost", checksName: true, certificate: undefined },
      },
    }),
  ],
])("%s", (stage, through) => {
  it.each(upsets)("with a server that %s", async (_, greet) => {
    const one = await attempt(through(await serve(greet)));
    await advanceToEnd(one);
    await expectEnd(one, stage, new RegExp(`^${stage}: .*127\\.0\\.0\\.1:\\d+`));
  });

  it("with a server that refuses in words", async () => {
    const refusal = "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
    const one = await attempt(through(await serve((socket) => void socket.once("data", () => socket.write(refusal)))));
    await advanceToEnd(one);
    await expectEnd(one, stage, new RegExp(`^${stage}: .*(requires a user name and a password|does not speak TLS)`));
  });

  it("with a server that says nothing", async () => {
    const one = await attempt(through(await serve(() => {})));
    await one.reach(stage);
    await poll("the deadline to be set", () => one.clock.timerCount === 1);
    one.clock.advance(30 * SECOND - 1);
    expect(one.clock.timerCount).toBe(1);
    one.clock.advance(1);
    await expectEnd(one, stage, new RegExp(`^${stage}: .* within 30 seconds`));
  });

  it("that is stopped", async () => {
    const one = await attempt(through(await serve(() => {})));
    await one.reach(stage);
    one.stop.abort();
    await expectEnd(one, stage, new RegExp(`^${stage}: `));
  });
});

it("a master that refuses the worker's certificate behind the handshake ends the stage TLS, in words", async () => {
  const root = mkdtempSync(join(tmpdir(), "buildhand-stages-"));
  started.push({ end: async () => rmSync(root, { recursive: true }) });
  const authority = makeAuthority(root, "ours");
  const { cert, key } = authority.issue("master");
  const wants = { requestCert: true, rejectUnauthorized: true, ca: readFileSync(authority.cert) };
  const server = await listen(createTlsServer({ cert: readFileSync(cert), key: readFileSync(key), ...wants }));
  started.push(server);
  const { endpoint, ...target } = tcpTarget("127.0.0.1", server.port);
  const terms = { chain: "any", name: "localhost", checksName: false, certificate: undefined } as const;
  const one = await attempt({ ...target, endpoint: { kind: "tls", under: endpoint, timeoutMs: 30 * SECOND, terms } });
  const { stage, cause } = await one.ended;
  expect(stage).toBe("TLS");
  expect(cause.message).toBe(
    `TLS: the master at 127.0.0.1:${server.port} dropped the connection: it requires a client certificate; set one in the endpoint string`,
  );
  expect(one.clock.timerCount).toBe(0);
});

describe("login", () => {
  it.each<[string, (socket: Socket) => void, RegExp]>([
    [
      "to what hangs up",
      (socket) => socket.end(),
      /^login: the master at .* closed the connection: it is restarting or stuck, .* check host and port$/,
    ],
    ["to what resets", (socket) => socket.resetAndDestroy(), /ECONNRESET|closed the connection/],
    ["to what sends garbage", (socket) => socket.write(GARBAGE), /^login: the server at .* it sent "\\u00ff/],
    [
      "to what hangs up in the middle of its greeting",
      (socket) => socket.end(offer.subarray(0, 3)),
      /^login: the master at .* closed the connection$/,
    ],
    [
      "to what hangs up after other words",
      (socket) => socket.end("220 mail"),
      /^login: the server at .* is not a Buildbot master .* it sent "220 mail"; check host and port$/,
    ],
    [
      "to what hangs up in the middle",
      (socket) => {
        socket.write(offer);
        socket.once("data", () => socket.end());
      },
      /^login: the master at .* closed the connection$/,
    ],
    [
      "to what turns to garbage in the middle",
      (socket) => {
        socket.write(offer);
        socket.once("data", () => socket.write(GARBAGE));
      },
      /^login: the master at .* broke the protocol: /,
    ],
  ])("%s", async (_, greet, sentence) => {
    const one = await attempt(await serve(greet));
    const stage = (await one.ended).stage;
    await expectEnd(one, stage === "TCP" ? "TCP" : "login", sentence);
  });

  it("to what says nothing", async () => {
    const one = await attempt(await serve(() => {}));
    await one.reach("login");
    one.clock.advance(30 * SECOND - 1);
    expect(one.lost()).toBe(0);
    one.clock.advance(1);
    await expectEnd(
      one,
      "login",
      /^login: the master at .* has sent nothing for 30 seconds: it is restarting or stuck, /,
    );
  });

  it("to what goes silent in the middle", async () => {
    let heard = 0;
    const target = await serve((socket) => {
      socket.write(offer);
      socket.on("data", (chunk: Buffer) => {
        heard += chunk.length;
      });
    });
    const one = await attempt(target);
    await poll("the name", () => heard > 30);
    one.clock.advance(120 * SECOND - 1);
    expect(one.lost()).toBe(0);
    one.clock.advance(1);
    await expectEnd(one, "login", /^login: the master at .* has sent nothing for 120 seconds$/);
  });

  it("to what sends a byte now and then, and no answer", async () => {
    let socket: Socket | undefined;
    let heard = 0;
    const target = await serve((accepted) => {
      socket = accepted;
      socket.write(Buffer.concat([offer, header(1_000)]));
      socket.on("data", (chunk: Buffer) => {
        heard += chunk.length;
      });
    });
    const one = await attempt(target);
    await poll("the name", () => heard > 30);
    for (let i = 0; i < 6 && one.lost() === 0; i += 1) {
      one.clock.advance(100 * SECOND);
      const timers = one.clock.lastTimerSetMs;
      socket?.write("x");
      if (i < 5) await poll("a byte to arrive", () => one.clock.lastTimerSetMs !== timers);
    }
    await expectEnd(one, "login", /^login: the master at .* has not answered the login within 600 seconds$/);
  });

  it("continues while the master waits for this worker, which logs for what", async () => {
    const { target } = await masterOf({});
    const one = await attempt(target);
    const list = deadDisk(one);
    await list.begun();
    for (const time of ["2 min", "4 min"]) {
      one.clock.advance(120 * SECOND);
      expect(one.log.at(-1)).toBe(
        `login: the master at ${target.shown} waits for this worker, which is busy with ${WORK} for ${time}`,
      );
    }
    list.end();
    await one.reach("ready");
  });

  it("with a wrong password", async () => {
    const { target } = await masterOf({ passwords: { w1: "other" } });
    await expectEnd(await attempt(target), "login", /^login: unauthorized login; check worker name and password: /);
  });

  it("that is stopped", async () => {
    const one = await attempt(await serve(() => {}));
    await one.reach("login");
    one.stop.abort();
    await expectEnd(one, "login", /the worker is stopping/);
  });
});

/** Trouble with a master that had taken the login. */
const troubles: readonly (readonly [string, (master: AttachedWorker, one: Attempt) => unknown, string])[] = [
  ["that hangs up", ({ socket }) => socket.end(), "closed the connection$"],
  ["that resets", ({ socket }) => socket.resetAndDestroy(), "dropped the connection: read ECONNRESET$"],
  ["that sends garbage", ({ socket }) => socket.write(GARBAGE), "broke the protocol: "],
];

describe("attach", () => {
  const halfAttached = async () => {
    const { master, target } = await masterOf({ attachesWith: "nothing" });
    const one = await attempt(target);
    const attached = await master.nextWorker();
    await one.reach("attach");
    return { one, attached };
  };

  it.each(troubles)("to a master %s", async (_, spoil, words) => {
    const { one, attached } = await halfAttached();
    spoil(attached, one);
    await expectEnd(one, "attach", new RegExp(`^attach: the master at .* ${words}`));
  });

  it("continues while the master waits for this worker, which logs for what, and keepalives detect a master that is gone", async () => {
    let keepalives = 0;
    const { master, target } = await masterOf({
      attachesWith: "nothing",
      onKeepalive: () => {
        keepalives += 1;
        return keepalives === 1 ? null : new Promise(() => {});
      },
    });
    const one = await attempt(target);
    const attached = await master.nextWorker();
    await one.reach("attach");
    const list = deadDisk(one);
    attached.setBuilders("b1").catch(() => {}); // it is never answered
    await list.begun();
    one.clock.advance(60 * SECOND);
    expect(one.log.at(-1)).toBe(
      `attach: the master at ${target.shown} waits for this worker, which is busy with ${WORK} for 1 min`,
    );
    one.clock.advance(540 * SECOND);
    await poll("the answer", () => one.log.includes("Master replied to keepalive, everything's fine"));
    one.clock.advance(720 * SECOND);
    await expectEnd(one, "attach", /^attach: the master at .* has not answered a keepalive for 120 seconds$/);
  });

  it("to a master that names no builders", async () => {
    const { one } = await halfAttached();
    one.clock.advance(60 * SECOND);
    await expectEnd(one, "attach", /^attach: the master at .* has not sent its builders for 60 seconds/);
  });

  it("that is stopped", async () => {
    const { one } = await halfAttached();
    one.stop.abort();
    await expectEnd(one, "attach", /the worker is stopping/);
  });
});

describe("ready", () => {
  const attachedPair = async (options: FakeMasterOptions = {}) => {
    const { master, target } = await masterOf(options);
    const one = await attempt(target);
    const attached = await master.nextWorker();
    await one.reach("ready");
    return { one, attached };
  };

  it.each(troubles)("with a master %s", async (_, spoil, words) => {
    const { one, attached } = await attachedPair();
    spoil(attached, one);
    await expectEnd(one, "ready", new RegExp(`^connection lost: the master at .* ${words}`));
  });

  it("with a master that freezes", async () => {
    const { one } = await attachedPair({ onKeepalive: () => new Promise(() => {}) });
    one.clock.advance(600 * SECOND);
    one.clock.advance(120 * SECOND);
    await expectEnd(one, "ready", /^connection lost: the master at .* has not answered a keepalive for 120 seconds$/);
  });

  it("that is stopped", async () => {
    const { one } = await attachedPair();
    one.stop.abort();
    await expectEnd(one, "ready", /the worker is stopping/);
  });
});

const WORK = "setBuilderList (creating directories of builders, or removing one that is needed again)";

/** From here on lists of builders are not taken before the test says so. */
function deadDisk({ worker }: Attempt): { readonly begun: () => Promise<unknown>; readonly end: () => void } {
  let begun = false;
  let end = () => {};
  worker.setBuilderList = () => {
    begun = true;
    return new Promise((resolve) => {
      end = () => resolve([]);
    });
  };
  return { begun: () => poll("the list of builders", () => begun), end: () => end() };
}

/** Of a string of so many bytes, which then may come one by one. */
function header(bytes: number): Buffer {
  return Buffer.from([bytes % 128, Math.floor(bytes / 128), 0x82]);
}
