// What happens to a master's process while its worker is idle, runs a command or transfers a file.

import { lives } from "../daemon/worker-program.ts";
import { poll } from "../support/poll.ts";
import { type Bench, bearable, breaking, closeBench, openBench } from "./bench.ts";
import { type Lane, lane } from "./fault.ts";
import type { Errand } from "./master-process.ts";
import { KEEPALIVE, KEEPALIVE_DEADLINE } from "./watched-worker.ts";

const AT_ONCE_MS = 500;
const FROZEN_MS = (KEEPALIVE + KEEPALIVE_DEADLINE) * 1000;

const CLOSED = /^connection lost: the master at \S+ (closed the connection|dropped the connection: .*)$/;
const UNANSWERED = /^connection lost: the master at \S+ has not answered a (keepalive|ping) for 1 seconds$/;

const occupations: readonly (readonly [string, Errand | undefined])[] = [
  ["idle", undefined],
  ["mid-shell", "shell"],
  ["mid-upload", "upload"],
  ["mid-download", "download"],
];

/** Of a master in either protocol. */
export const processFaults = occupations.flatMap(([occupation, errand]) => {
  const common = {
    stage: `ready, ${occupation}`,
    prepare: async ({ master }: Bench) => (errand === undefined ? undefined : master.send(errand)),
    /** What ran for a lost master is dead before the worker is ready again. */
    check: (_: Bench, pid: number | undefined) => {
      if (pid !== undefined && lives(pid)) throw new Error(`process ${pid} of the lost command lives`);
    },
  };
  return [
    breaking({
      ...common,
      fault: "the master freezes (SIGSTOP)",
      isFast: false,
      strike: ({ master }) => master.freeze(),
      says: UNANSWERED,
      withinMs: FROZEN_MS,
    }),
    breaking({
      ...common,
      fault: "the master is killed (SIGKILL)",
      strike: ({ master }) => master.end("SIGKILL"),
      says: CLOSED,
      withinMs: AT_ONCE_MS,
    }),
    breaking({
      ...common,
      fault: "the master is restarted",
      isFast: occupation === "mid-shell",
      async strike({ master }) {
        await master.end("SIGTERM");
        await master.start();
      },
      says: CLOSED,
      withinMs: AT_ONCE_MS,
    }),
  ];
});

const shortFreeze = bearable({
  stage: "ready, idle",
  fault: "the master freezes (SIGSTOP) for less than the deadline",
  isFast: false,
  async strike({ master }) {
    master.freeze();
    await new Promise((resolve) => setTimeout(resolve, (KEEPALIVE_DEADLINE * 1000) / 2));
    master.thaw();
  },
  what: "ran its command after the master continued",
});

export const masterLane: Lane = lane({
  title: "a master's process",
  faults: [...processFaults, shortFreeze],
  open: () => openBench({ worker: () => ({}) }),
  end: closeBench,
});

const RECONNECTS = 1000;

/** Many losses on one worker, for what each of them might leave. */
export const reconnectsLane: Lane = lane({
  title: "a thousand reconnects",
  faults: [
    {
      stage: "ready",
      fault: `${RECONNECTS} connections, one after the other, are reset when ready`,
      isFast: false,
      async run({ relay, worker, master }: Bench) {
        const begunMs = performance.now();
        let since = worker.logEnd;
        for (let i = 0; i < RECONNECTS; i += 1) {
          relay.cut("rst");
          await worker.says(/worker is ready$/, since);
          since = worker.logEnd;
        }
        const readyMs = performance.now() - begunMs;
        await master.send("build");
        await poll("the relay to be left", () => relay.connections === 1);
        return { said: `reconnected ${RECONNECTS} times`, noticedMs: undefined, readyMs, ending: "ready again" };
      },
    },
  ],
  open: () => openBench({ worker: () => ({}) }),
  end: closeBench,
});
