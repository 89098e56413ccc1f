// Thousands of idle sessions of one relay: what each takes of memory, and how they come back to a master that was restarted.
// Writes what it measured into docs/measurements/relay.md.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Installation, install } from "../daemon/worker-program.ts";
import { freePorts } from "../masters/support/free-ports.ts";
import { type Listening, listenAt } from "../support/listening.ts";
import { poll } from "../support/poll.ts";
import { privateMib } from "../support/tree-memory.ts";
import { type MeasuredRelay, startRelayOf } from "./measured-relay.ts";
import { storeRelay } from "./relay-page.ts";

const CLIENTS = fileURLToPath(new URL("../fixtures/idle-workers.js", import.meta.url));
const SESSIONS = 5000;
const PROCESSES = 4;
const SESSION_LIMIT_KIB = 30;
/** In place of a login and a list of builders, both ways. */
const GREETING = "x".repeat(2000);

/** As create-worker writes it. */
const MAX_DELAY_MS = 300_000;
const DOWNTIME_MS = 10_000;
const ATTACHED_WITHIN_MS = 60_000;
const SETTLED_WITHIN_MS = 60_000;
/** Within this time, memory becomes no less. */
const STILL_MS = 6000;
/** Of all sessions, in a second: attempts when the master has been away for a while, and connections when it is back. */
const CROWD_PART = 1 / 2;

const relays = [
  { title: "without TLS", host: "127.0.0.1", limitKib: SESSION_LIMIT_KIB },
  // Here the handshakes of both ends share one host.
  { title: "with TLS", host: "0.0.0.0", limitKib: Number.POSITIVE_INFINITY },
];
const columns: (readonly string[])[] = [];
const ends: (() => unknown)[] = [];
let installation: Installation;

beforeAll(() => {
  installation = install();
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});
afterAll(async () => {
  await installation?.remove();
  if (columns.length < relays.length) return;
  const names = [
    "what",
    "all sessions, opened at once, are open in",
    "private memory of the relay for each session",
    `attempts in ${DOWNTIME_MS / 1000} s without the master, all`,
    "of them in one second, at most, and in the last",
    "all sessions are back after its return in",
    "connections to the master meanwhile, in one second at most",
    "all sessions are back after a restart of the relay in",
  ];
  storeRelay(
    "sessions",
    names.map((name, row) => [name, ...columns.map((column) => column[row] ?? "")]),
  );
});

describe.each(relays)("a relay $title", ({ title, host, limitKib }) => {
  // Two for each session, and what the program itself has open.
  const needed = 2 * SESSIONS + 100;
  const allowed = descriptorLimit();
  const notRun = allowed < needed ? `NOT RUN, as it needs ${needed} descriptors of ${allowed}: ` : "";

  it.skipIf(notRun !== "")(`${notRun}keeps ${SESSIONS} idle sessions, and survives restarts`, async () => {
    const [masterPort = 0] = await freePorts(1);
    let master = await idleMaster(masterPort);
    ends.push(() => master.end());
    const relay = await startRelayOf(installation, host, masterPort);
    const emptyMib = await settledMib(relay.pid());
    const workers = startWorkers(relay);
    await poll("the first session", () => workers.connected() > 0);
    const openedSeconds = await workers.secondsUntilAttached(0);
    const kib = (((await settledMib(relay.pid())) - emptyMib) * 1024) / SESSIONS;

    const beforeCount = workers.attempts();
    await master.end();
    const perSecond: number[] = [];
    for (let second = 0; second < DOWNTIME_MS / 1000; second += 1) {
      const from = workers.attempts();
      await delay(1000);
      perSecond.push(workers.attempts() - from);
    }
    const inDowntime = workers.attempts() - beforeCount;
    master = await idleMaster(masterPort);
    const backSeconds = await workers.secondsUntilAttached(beforeCount);
    const crowd = largestCrowd(master.acceptedMs);

    const beforeRelay = workers.attempts();
    await relay.restart();
    const relayedSeconds = await workers.secondsUntilAttached(beforeRelay);
    columns.push([
      `${SESSIONS} ${title}`,
      `${openedSeconds.toFixed(1)} s`,
      `${kib.toFixed(1)} KiB`,
      String(inDowntime),
      `${Math.max(...perSecond)}, ${perSecond.at(-1)}`,
      `${backSeconds.toFixed(1)} s`,
      String(crowd),
      `${relayedSeconds.toFixed(1)} s`,
    ]);
    expect(kib).toBeLessThanOrEqual(limitKib);
    expect(inDowntime).toBeGreaterThan(SESSIONS);
    expect(perSecond.at(-1)).toBeLessThan(SESSIONS * CROWD_PART);
    expect(crowd).toBeLessThan(SESSIONS * CROWD_PART);
  });
});

/** Of this host, for each process. */
function descriptorLimit(): number {
  const [, hard] = /^Max open files +\S+ +(\S+)/m.exec(readFileSync("/proc/self/limits", "latin1")) ?? [];
  return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}

async function idleMaster(port: number): Promise<Listening & { readonly acceptedMs: readonly number[] }> {
  const acceptedMs: number[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    acceptedMs.push(performance.now());
    socket.resume().write(GREETING);
  });
  return { ...(await listenAt(server, { host: "127.0.0.1", port, backlog: 4096 })), acceptedMs };
}

function startWorkers({ address, keyPath }: MeasuredRelay) {
  const modules = pathToFileURL(join(installation.executable, "../../dist")).href;
  const job = { relay: address, keyPath, count: SESSIONS / PROCESSES, maxDelayMs: MAX_DELAY_MS, greeting: GREETING };
  const states = Array.from({ length: PROCESSES }, () => {
    const child = spawn(process.execPath, [CLIENTS, modules, JSON.stringify(job)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "close");
    ends.push(() => {
      child.kill("SIGKILL");
      return ended;
    });
    const state = { connected: 0, attempts: 0 };
    createInterface({ input: child.stdout }).on("line", (line) => Object.assign(state, JSON.parse(line)));
    return state;
  });
  const sumOf = (what: "connected" | "attempts") => states.reduce((sum, state) => sum + state[what], 0);
  return {
    connected: () => sumOf("connected"),
    attempts: () => sumOf("attempts"),
    /** By as many further attempts at least. */
    async secondsUntilAttached(beforeCount: number) {
      const fromMs = performance.now();
      const areAttached = () => sumOf("attempts") >= beforeCount + SESSIONS && sumOf("connected") === SESSIONS;
      await poll("all sessions", areAttached, { deadlineMs: ATTACHED_WITHIN_MS });
      return (performance.now() - fromMs) / 1000;
    },
  };
}

/** Once it has become no less for a while: what is garbage has been collected. */
async function settledMib(pid: number): Promise<number> {
  let leastMib = Number.POSITIVE_INFINITY;
  let sinceMs = performance.now();
  const settled = () => {
    const mib = privateMib(pid);
    if (mib < leastMib) {
      leastMib = mib;
      sinceMs = performance.now();
    }
    return performance.now() - sinceMs > STILL_MS && mib;
  };
  return poll("memory to settle", settled, { deadlineMs: SETTLED_WITHIN_MS });
}

/** The most of them, which are in order, that lie within a second. */
function largestCrowd(timesMs: readonly number[]): number {
  let first = 0;
  let most = 0;
  for (const [index, timeMs] of timesMs.entries()) {
    while (timeMs - (timesMs[first] ?? 0) >= 1000) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
