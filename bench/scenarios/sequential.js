// Commands that do nothing, one after the other: what a command costs.
import { bareLoop, costOfTrue, shellArguments, taken } from "../commands.js";

const COUNT = 100;

export const sequential = {
  name: "sequential",
  title: `${COUNT} × \`true\`, one after the other`,
  aim: "a loop of a shell",
  note: `Buildbot's worker lets small messages wait for the acknowledgement of those before (it leaves Nagle's algorithm on), which
  is 40 ms of nearly every command. The rest of the difference is in the processor time.`,
  goals: [{ figure: "wallMs", timesBetter: 6 }],
  run: (worker) =>
    taken(
      worker,
      async () => {
        for (let n = 0; n < COUNT; n += 1) await worker.run("shell", shellArguments(worker.directory, ["true"]));
      },
      COUNT * costOfTrue(),
    ),
  limit: () => ({ wallMs: bareLoop(COUNT).wallMs }),
};
