// Faults of the network itself: cables that are pulled, hosts that nobody answers for, names that nobody knows.
import { lives } from "../daemon/worker-program.ts";
import { type Bench, bearable, breaking, closeBench, openBench } from "./bench.ts";
import { Cable, missingNetworks } from "./cable.ts";
import { type Lane, lane } from "./fault.ts";
import { NameServer, type NameServerConduct } from "./name-server.ts";
import { KEEPALIVE, KEEPALIVE_DEADLINE, NO_HOST } from "./watched-worker.ts";

const FROZEN_MS = (KEEPALIVE + KEEPALIVE_DEADLINE) * 1000;
const TIMEOUT_SECONDS = 1;
/** In a network that the worker's host has no way to. */
const ROUTELESS_ADDRESS = "10.214.0.1";
const UNANSWERED = /^connection lost: the master at \S+ has not answered a keepalive for 1 seconds$/;

interface CableBench extends Bench {
  readonly cable: Cable;
  readonly names: NameServer;
}

const names = (
  [
    ["no such name", "the name does not exist", /^name lookup: master\.fault: /],
    ["server failure", "the name server fails", /^name lookup: master\.fault: /],
  ] as const satisfies readonly (readonly [NameServerConduct, string, RegExp])[]
).map(([conduct, fault, says]) =>
  breaking<CableBench>({
    stage: "name lookup",
    fault,
    isFast: conduct === "no such name",
    strike({ names: server, relay }) {
      server.conduct = conduct;
      relay.cut("rst");
    },
    says,
    withinMs: TIMEOUT_SECONDS * 1000 + 500,
  }),
);

const hangingNames = (
  [
    ["garbage", "the name server answers garbage"],
    ["silence", "the name server is silent"],
  ] as const satisfies readonly (readonly [NameServerConduct, string])[]
).map(([conduct, fault]) =>
  bearable<CableBench>({
    stage: "name lookup",
    fault,
    isFast: false,
    async strike({ names: server, relay, worker }) {
      server.conduct = conduct;
      const since = worker.logEnd;
      relay.cut("rst");
      await worker.says(/worker is ready$/, since);
    },
    what: "connected to the last known address",
    mayReconnect: true,
  }),
);

const ways = [
  breaking<CableBench>({
    stage: "name lookup",
    fault: "no route to the name server's host",
    strike({ cable, relay }) {
      relay.cut("rst");
      cable.loseRoute();
    },
    says: /^name lookup: master\.fault: /,
    withinMs: TIMEOUT_SECONDS * 1000 + 500,
  }),
  breaking<CableBench>({
    stage: "TCP",
    fault: "no route to the master's host",
    strike({ relay, names: server }) {
      server.address = ROUTELESS_ADDRESS;
      relay.cut("rst");
    },
    says: /^TCP: cannot connect to \S+: .*ENETUNREACH/,
    withinMs: TIMEOUT_SECONDS * 1000 + 500,
  }),
  breaking<CableBench>({
    stage: "TCP",
    fault: "the master's host is down: no answer from its address",
    isFast: false,
    strike({ relay, cable, names: server }) {
      server.address = cable.nobodysAddress;
      relay.cut("rst");
    },
    says: /^TCP: (no answer from \S+ within 1 seconds|.*EHOSTUNREACH)/,
    withinMs: TIMEOUT_SECONDS * 1000 + 500,
  }),
];

const cables = [
  ...(
    [
      ["idle", undefined],
      ["mid-shell", "shell"],
    ] as const
  ).map(([occupation, errand]) =>
    breaking<CableBench>({
      stage: `ready, ${occupation}`,
      fault: "the cable is pulled",
      isFast: false,
      prepare: async ({ master }) => (errand === undefined ? undefined : master.send(errand)),
      strike: ({ cable }) => cable.pull(),
      says: UNANSWERED,
      withinMs: FROZEN_MS,
      check(_, pid) {
        if (pid !== undefined && lives(pid)) throw new Error(`process ${pid} of the lost command lives`);
      },
    }),
  ),
  bearable<CableBench>({
    stage: "ready, idle",
    fault: "the cable is pulled for 0.3 s",
    async strike({ cable }) {
      cable.pull();
      await new Promise((resolve) => setTimeout(resolve, 300));
      cable.plug();
    },
    what: "ran its command",
  }),
];

/** The worker is in a network of its own and knows the master by a name. */
export const cableLane: Lane = lane<CableBench>({
  title: "a network of its own",
  faults: [...names, ...hangingNames, ...ways, ...cables],
  missing: missingNetworks,
  async open() {
    const cable = Cable.lay();
    const server = await NameServer.open(cable.hostAddress);
    const bench = await openBench({
      host: cable.hostAddress,
      worker: (port) => ({
        under: cable.under,
        variables: { ...NO_HOST, connection_string: `'tcp:host=master.fault:port=${port}:timeout=${TIMEOUT_SECONDS}'` },
      }),
    }).catch(async (error: unknown) => {
      await server.end();
      cable.remove();
      throw error;
    });
    return {
      ...bench,
      cable,
      names: server,
      async restore() {
        cable.plug();
        cable.findRoute();
        server.conduct = "answer";
        server.address = cable.hostAddress;
        await bench.restore();
      },
    };
  },
  async end(bench) {
    const ledger = await closeBench(bench);
    await bench.names.end();
    bench.cable.remove();
    return ledger;
  },
});
