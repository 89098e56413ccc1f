// Commands that do nothing, one after the other: what a command costs.
import { bareLoop, costOf, shellArguments, taken } from "../commands.js";

const COUNT = 100;

export const sequential = {
  name: "sequential",
  title: `${COUNT} × \`true\`, one after the other`,
  aim: "a loop in a shell",
  note: `Buildbot's worker leaves Nagle's algorithm on, so that small messages wait for the acknowledgement of earlier ones, which
  takes 40 ms of nearly every command. The rest of the difference is CPU time.`,
  goals: [
    { figure: "wallMs", timesBetter: 15 },
    { figure: "cpuMs", timesBetter: 3 },
  ],
  run: (worker) =>
    taken(
      worker,
      async () => {
        for (let n = 0; n < COUNT; n += 1) await worker.run("shell", shellArguments(worker.directory, ["true"]));
      },
      COUNT * costOf(),
    ),
  limit: () => ({ wallMs: bareLoop(COUNT).wallMs }),
};
