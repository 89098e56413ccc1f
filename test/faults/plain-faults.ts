// Faults between a worker and a master without anything special between them: TCP, login, attach, and a connection that was
// ready.
import { encodeElement } from "../../src/wire/banana/encoder.ts";
import { dialectOffer } from "../../src/wire/pb/negotiation.ts";
import { type Bench, bearable, breaking, closeBench, openBench } from "./bench.ts";
import type { BenchProtocol } from "./errands.ts";
import { type Lane, lane } from "./fault.ts";
import { type Conduct, conducts, saysFirst } from "./front.ts";
import { KEEPALIVE, KEEPALIVE_DEADLINE } from "./watched-worker.ts";

/** What is told by the network is noticed at once. */
const AT_ONCE_MS = 500;
const FROZEN_MS = (KEEPALIVE + KEEPALIVE_DEADLINE) * 1000;
const UNANSWERED = /^connection lost: the master at \S+ has not answered a (keepalive|ping) for 1 seconds$/;
const SECOND = 1000;

/** The master's first words. */
export const greeting = Buffer.concat(encodeElement(dialectOffer, "none"));

/** The connection is broken off, and this is what the next ones meet. */
export function meets(conduct: Conduct) {
  return ({ relay, front }: Bench) => {
    front.conduct = conduct;
    relay.leadTo(front.port);
    relay.cut("rst");
  };
}

const open = () => openBench({ worker: () => ({}) });

const tcp = [
  breaking({
    stage: "TCP",
    fault: "the master's port refuses connections",
    strike({ relay }) {
      relay.refuse();
      relay.cut("rst");
    },
    says: /^TCP: cannot connect to \S+: .*ECONNREFUSED/,
    withinMs: AT_ONCE_MS,
  }),
  breaking({
    stage: "login",
    fault: "a load balancer accepts connections and drops them",
    strike: meets(conducts.hangsUp),
    says: /^login: the master at \S+ closed the connection: it is restarting or stuck/,
    withinMs: AT_ONCE_MS,
  }),
  breaking({
    stage: "login",
    fault: "a load balancer accepts connections and resets them",
    strike: meets(conducts.resets),
    says: /^(login|TCP): .*(reset|ECONNRESET|closed the connection)/,
    withinMs: AT_ONCE_MS,
  }),
];

const login = [
  breaking({
    stage: "login",
    fault: "garbage instead of a master",
    strike: meets(conducts.sendsGarbage),
    says: /^login: the server at \S+ is not a Buildbot master .* it sent /,
    withinMs: AT_ONCE_MS,
  }),
  breaking({
    stage: "login",
    fault: "a web server instead of a master",
    strike: meets(conducts.speaksHttp),
    says: /^login: the server at \S+ is not a Buildbot master .* it sent "HTTP/,
    withinMs: AT_ONCE_MS,
  }),
  breaking({
    stage: "login",
    fault: "closed in the middle of it",
    strike: meets(saysFirst(greeting, conducts.hangsUpWhenSpokenTo)),
    says: /^login: the master at \S+ closed the connection$/,
    withinMs: AT_ONCE_MS,
  }),
  breaking({
    stage: "login",
    fault: "reset in the middle of it",
    strike: meets(saysFirst(greeting, conducts.resetsWhenSpokenTo)),
    says: /^login: the master at \S+ (dropped the connection: .*ECONNRESET|closed the connection)/,
    withinMs: AT_ONCE_MS,
  }),
  breaking({
    stage: "login",
    fault: "garbage in the middle of it",
    strike: meets(saysFirst(greeting, (socket) => void socket.once("data", () => conducts.sendsGarbage(socket)))),
    says: /^login: the master at \S+ broke the protocol: /,
    withinMs: AT_ONCE_MS,
  }),
  breaking({
    stage: "login",
    fault: "a wrong password, corrected later",
    strike({ relay, master }) {
      master.setPassword("another");
      relay.cut("rst");
    },
    says: /^login: unauthorized login; check worker name and password: /,
    withinMs: AT_ONCE_MS,
  }),
];

/** The master is another one now, which has taken the login and names no builders. */
export async function halfAttached({ master }: Bench): Promise<undefined> {
  await master.end("SIGKILL");
  await master.start("nothing");
  await master.attached();
}

/** Of a master in either protocol. */
export const attachFaults = [
  ...(["SIGKILL", "SIGTERM"] as const).map((signal) =>
    breaking({
      stage: "attach",
      fault: signal === "SIGKILL" ? "the master is killed (SIGKILL)" : "the master is restarted",
      prepare: halfAttached,
      strike: ({ master }) => master.end(signal),
      says: /^attach: the master at \S+ (closed the connection|dropped the connection: .*)$/,
      withinMs: AT_ONCE_MS,
    }),
  ),
  ...(["fin", "rst"] as const).map((cut) =>
    breaking({
      stage: "attach",
      fault: cut === "fin" ? "closed in the middle of it" : "reset in the middle of it",
      prepare: halfAttached,
      strike: ({ relay }) => relay.cut(cut),
      says: /^attach: the master at \S+ (closed the connection|dropped the connection: .*)$/,
      withinMs: AT_ONCE_MS,
    }),
  ),
  breaking({
    stage: "attach",
    fault: "the master freezes (SIGSTOP)",
    isFast: false,
    prepare: halfAttached,
    strike: ({ master }) => master.freeze(),
    says: /^attach: the master at \S+ has not answered a (keepalive|ping) for 1 seconds$/,
    withinMs: FROZEN_MS,
  }),
];

/** The first words after the login are the answer to a keepalive. */
const garbageInAttach = breaking({
  stage: "attach",
  fault: "garbage in the middle of it",
  prepare: halfAttached,
  strike: ({ relay }) => relay.setConditions("toWorker", { corrupts: true }),
  says: /^attach: the master at \S+ broke the protocol: /,
  withinMs: FROZEN_MS,
});

/** Of a master in either protocol. */
export const readyFaults = [
  ...(
    [
      ["fin", "the connection is closed", /^connection lost: the master at \S+ closed the connection$/],
      // The system reports a reset once; if a write gets it, the read sees an end.
      ["rst", "the connection is reset", /^connection lost: .* (closed the connection$|dropped the connection: .*)/],
    ] as const
  ).map(([how, fault, says]) =>
    breaking({
      stage: "ready",
      fault,
      strike: ({ relay }) => relay.cut(how),
      says,
      withinMs: AT_ONCE_MS,
      isOver: true,
    }),
  ),
  breaking({
    stage: "ready",
    fault: "half-open connection: nothing arrives in either direction",
    isFast: false,
    strike: ({ relay }) => relay.cut("silence"),
    says: UNANSWERED,
    withinMs: FROZEN_MS,
    isOver: true,
  }),
  ...(
    [
      ["toMaster", "nothing reaches the master"],
      ["toWorker", "nothing reaches the worker"],
    ] as const
  ).map(([direction, fault]) =>
    breaking({
      stage: "ready",
      fault: `half-open connection: ${fault}`,
      isFast: false,
      strike: ({ relay }) => relay.freeze(direction),
      says: UNANSWERED,
      withinMs: FROZEN_MS,
    }),
  ),
  breaking({
    stage: "ready",
    fault: "a network that corrupts what the master sends",
    strike: ({ relay }) => relay.setConditions("toWorker", { corrupts: true }),
    says: /^connection lost: the master at \S+ (broke the protocol|has not answered a ping)/,
    withinMs: FROZEN_MS,
  }),
  breaking({
    stage: "ready",
    fault: "a network that corrupts what the worker sends",
    strike: ({ relay }) => relay.setConditions("toMaster", { corrupts: true }),
    says: /^connection lost: the master at \S+ /,
    withinMs: FROZEN_MS,
  }),
  bearable({
    stage: "ready",
    fault: "a latency of 0.2 s in each direction",
    strike({ relay }) {
      relay.setConditions("toMaster", { delayMs: 200 });
      relay.setConditions("toWorker", { delayMs: 200 });
    },
    what: "ran its command",
  }),
  bearable({
    stage: "ready",
    fault: "a bandwidth of 4 kB/s",
    strike({ relay }) {
      relay.setConditions("toMaster", { bytesPerSecond: 4_000 });
      relay.setConditions("toWorker", { bytesPerSecond: 4_000 });
    },
    what: "ran its command",
  }),
  bearable({
    stage: "ready",
    fault: "a network that delivers single bytes",
    strike({ relay }) {
      relay.setConditions("toMaster", { pieceBytes: 1 });
      relay.setConditions("toWorker", { pieceBytes: 1 });
    },
    what: "ran its command",
  }),
];

/** One after the other, on one worker. */
export const plainLane: Lane = lane({
  title: "a plain connection",
  faults: [...tcp, ...login, ...attachFaults, garbageInAttach, ...readyFaults],
  open,
  end: closeBench,
});

/** A loaded machine may stall for a second, which ends a connection that has a second for its keepalive. */
export const openPatient = (protocol: BenchProtocol = "pb") =>
  openBench({ protocol, worker: () => ({ variables: { keepalive: "600" } }) });

/** Deadlines of minutes, each on a worker of its own so that they pass at the same time. */
export const patientLanes: readonly Lane[] = [
  breaking({
    stage: "login",
    fault: "silence instead of a master",
    isFast: false,
    strike: meets(conducts.saysNothing),
    says: /^login: the master at \S+ has sent nothing for 30 seconds: it is restarting or stuck/,
    withinMs: 30 * SECOND + AT_ONCE_MS,
  }),
  breaking({
    stage: "login",
    fault: "silence in the middle of it",
    isFast: false,
    strike: meets(saysFirst(greeting, conducts.saysNothing)),
    says: /^login: the master at \S+ has sent nothing for 120 seconds$/,
    withinMs: 120 * SECOND + AT_ONCE_MS,
  }),
  breaking({
    stage: "attach",
    fault: "the master accepts the login and sends no builders",
    isFast: false,
    prepare: halfAttached,
    strike: () => {},
    says: /^attach: the master at \S+ accepted the login, but has not sent its builders for 60 seconds/,
    withinMs: 60 * SECOND + AT_ONCE_MS,
  }),
].map((fault) => lane({ title: fault.fault, faults: [fault], open: () => openPatient(), end: closeBench }));
