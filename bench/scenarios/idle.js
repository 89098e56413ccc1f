// A worker that waits for work, after its first: whatever helps it with commands is there.
import { shellArguments } from "../commands.js";
import { contextSwitches, pssMib } from "../processes.js";
import { wait } from "../wait.js";

/** After which a worker that had something to do has come to rest. */
const SETTLE_MS = 2000;
const WATCH_MS = 5000;

export const idle = {
  name: "idle",
  title: "idle",
  goals: [
    { figure: "pssMib", timesBetter: 1 },
    { figure: "wakeUpsPerSecond", most: 0.5 },
  ],
  isFresh: true,
  async run(worker) {
    await worker.run("shell", shellArguments(worker.directory, ["true"]));
    await wait(SETTLE_MS);
    const before = contextSwitches(worker.pid);
    await wait(WATCH_MS);
    const wakeUpsPerSecond = (contextSwitches(worker.pid) - before) / (WATCH_MS / 1000);
    return { pssMib: pssMib(worker.pid), wakeUpsPerSecond };
  },
};
