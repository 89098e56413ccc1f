// Memory of a worker that was used: at its peak, and when it has come to rest.
import { shellArguments } from "../commands.js";
import { flood, printing } from "../floods.js";
import { peakMib, privateMib, pssMib, resetPeak } from "../processes.js";

const REST_MS = 60_000;
const COMMANDS = 1000;
const STATS = 4000;
const FLOOD_BYTES = 200_000_000;

export const usedForCommands = {
  ...scenarioOf(async (worker) => {
    for (let n = 0; n < COMMANDS; n += 1) await worker.run("shell", shellArguments(worker.directory, ["true"]));
  }),
  name: "used-for-commands",
  title: `a minute after ${COMMANDS} × \`true\``,
  goals: [
    { figure: "privateMib", most: 50 },
    { figure: "peakMib", most: 64 },
  ],
};

export const usedForFiles = {
  ...scenarioOf(async (worker) => {
    for (let n = 0; n < STATS; n += 1) await worker.run("stat", { file: "build", workdir: "" });
  }),
  name: "used-for-files",
  title: `a minute after ${STATS} × stat`,
  goals: [{ figure: "privateMib", most: 50 }],
};

export const usedForOutput = {
  ...scenarioOf((worker) => flood(worker, printing("x".repeat(79), FLOOD_BYTES), { stdout: FLOOD_BYTES })),
  name: "used-for-output",
  title: "a minute after 200 MB in lines of 80 bytes",
  goals: [{ figure: "privateMib", most: 55 }],
};

/** @param {(worker: import("../workers.js").Worker) => Promise<unknown>} work */
function scenarioOf(work) {
  return {
    isFresh: true,
    async run(worker) {
      resetPeak(worker.pid);
      await work(worker);
      return { peakMib: peakMib(worker.pid) };
    },
    rest: {
      ms: REST_MS,
      figuresOf: ({ pid }) => ({ privateMib: privateMib(pid), pssMib: pssMib(pid) }),
    },
  };
}
