// Many builders that run commands at the same time.
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { costOf, shellArguments, taken } from "../commands.js";

export const fanOut = {
  ...scenarioOf({ builders: 50, commands: 10 }),
  name: "fan-out",
  note: `Buildhand's launcher, which runs while many commands are starting, was started by the earlier runs; its
  CPU time and memory are included.`,
  goals: [
    { figure: "wallMs", timesBetter: 2 },
    { figure: "cpuMs", timesBetter: 2.5 },
  ],
};

export const fanOutWide = { ...scenarioOf({ builders: 500, commands: 1 }), name: "fan-out-wide" };

const LINES = {
  ...scenarioOf({ builders: 50, commands: 10, command: ["seq", "1", "200"], what: "`seq 1 200`" }),
  profile: `Of the main thread's time, writing to the launcher and the master takes a third, \`open\`, \`read\` and \`close\` of
  \`/proc\` a quarter, the garbage collector 15 %. The limit starts two programs at a time and looks at none.`,
  note: "200 lines of each command; a fresh worker has run nothing before.",
};

export const fanOutLinesCold = {
  ...LINES,
  name: "fan-out-lines-cold",
  title: `${LINES.title}, by a fresh worker`,
  isFresh: true,
  goals: [{ figure: "wallMs", timesBetter: 2 }],
};

export const fanOutLines = {
  ...LINES,
  name: "fan-out-lines",
  note: undefined,
  goals: [{ figure: "wallMs", timesBetter: 4 }],
};

/** Runs a command so many times on each builder, on all at once. @param {import("../workers.js").Worker} worker @param {readonly string[]} builders @param {number} commands @param {readonly string[]} [command] */
export function runOnAll(worker, builders, commands, command = ["true"]) {
  const runOn = async (builder) => {
    const args = shellArguments("build", command);
    for (let n = 0; n < commands; n += 1) await worker.run("shell", args, builder);
  };
  return taken(worker, () => Promise.all(builders.map(runOn)), builders.length * commands * costOf(command));
}

/** @param {number} count */
export function builderNames(count) {
  return Array.from({ length: count }, (_, n) => `b${n + 1}`);
}

function scenarioOf({ builders, commands, command = ["true"], what = "`true`" }) {
  const names = builderNames(builders);
  return {
    title: `${builders} builders × ${commands} ${what}, all at once`,
    aim: "`xargs -P` on all CPUs",
    worker: { builders: names },
    warmUps: 3,
    run: (worker) => runOnAll(worker, names, commands, command),
    limit() {
      const startMs = performance.now();
      const script = `seq ${builders * commands} | xargs -P ${availableParallelism()} -I{} ${command.join(" ")}`;
      spawnSync("/bin/sh", ["-c", script]);
      return { wallMs: performance.now() - startMs };
    },
  };
}
