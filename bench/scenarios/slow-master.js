// A master that reads nothing for a while, and what is left of it afterwards.
import { shellArguments } from "../commands.js";
import { flood, printing } from "../floods.js";
import { peakMib, pssMib, resetPeak, residentMib } from "../processes.js";
import { wait } from "../wait.js";

const BYTES = 100_000_000;
const SETTLE_MS = 1000;
const STALL_AFTER_MS = 100;
const STALL_MS = 2000;
const LEFT_AFTER_MS = 3000;

export const slowMaster = {
  name: "slow-master",
  title: "100 MB under a master that reads nothing for 2 s",
  note: "Left above idle is measured 3 s after the end; the goal allows a minute.",
  goals: [
    { figure: "riseMib", most: 64 },
    { figure: "leftMib", most: 30 },
  ],
  isFresh: true,
  async run(worker) {
    await worker.run("shell", shellArguments(worker.directory, ["true"]));
    await wait(SETTLE_MS);
    const idleMib = residentMib(worker.pid);
    const idlePssMib = pssMib(worker.pid);
    resetPeak(worker.pid);
    const flooded = flood(worker, printing("x".repeat(79), BYTES), { stdout: BYTES });
    await Promise.all([flooded, stall(worker.attached.socket)]);
    const riseMib = peakMib(worker.pid) - idleMib;
    await wait(LEFT_AFTER_MS);
    return { riseMib, leftMib: pssMib(worker.pid) - idlePssMib };
  },
};

async function stall(socket) {
  await wait(STALL_AFTER_MS);
  socket.pause();
  await wait(STALL_MS);
  socket.resume();
}
