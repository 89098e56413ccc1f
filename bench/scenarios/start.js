// From the start of the program until its master has its builders.
import { spawnSync } from "node:child_process";
import { cpuMs, privateMib } from "../processes.js";

export const start = {
  name: "start",
  title: "start to attached",
  aim: "Node.js starting and exiting",
  goals: [
    { figure: "wallMs", timesBetter: 1 / 0.6 },
    { figure: "privateMib", most: 46 },
  ],
  isFresh: true,
  run: async (worker) => ({ wallMs: worker.attachedMs, cpuMs: cpuMs(worker.pid), privateMib: privateMib(worker.pid) }),
  limit() {
    const startMs = performance.now();
    spawnSync(process.execPath, ["-e", "0"]);
    return { wallMs: performance.now() - startMs };
  },
};
