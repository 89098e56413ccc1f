// Commands that do nothing, one after the other: what a command costs.
import { bareLoop, costOf, shellArguments, taken } from "../commands.js";

const COUNT = 100;

export const sequential = {
  name: "sequential",
  title: `${COUNT} × \`true\`, one after the other`,
  aim: "a loop in a shell",
  note: `Buildbot's worker leaves Nagle's algorithm on, so that small messages wait for the acknowledgement of earlier ones, which
  takes 40 ms of nearly every command. The rest of the difference is CPU time.`,
  profile: `Of the samples that \`perf\` took in 1000 commands, 10 % are in \`true\` itself, 9 % in the kernel's \`clone\`, 7 % in
  \`execve\`, 7 % in page faults, 7 % in other system calls (a command has 23 \`openat\`, 25 \`read\` and 26 \`close\`), and 59 %
  in Node.js, which executes JavaScript, its own and Buildhand's, that V8 has not optimized yet. A Node.js program that does
  nothing but start \`true\` 100 times on pipes takes 147 ms more than \`true\`, Python's \`posix_spawn\` 6 ms.`,
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
