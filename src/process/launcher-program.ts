// The launcher's own process: starts programs for the worker whose child it is, which launcher.ts explains. It takes its
// requests from stdin and answers on stdout. The only argument is the worker's pid.
import { spawn } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { signalGroup } from "./kill-tree-posix.ts";
import {
  type LaunchAnswer,
  type LaunchRequest,
  launchLine,
  lineSplitter,
  READY_LINE,
  readLaunchLine,
} from "./launch-lines.ts";

/** As lists of processes show it. */
const NAME = "buildhand-launcher";

/** What is sent to the worker's group, or to all of a service, concerns the worker: it tells what becomes of programs. */
const NOT_FOR_US: readonly NodeJS.Signals[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"];

const workerPid = Number(process.argv[2]);
const runningPids = new Set<number>();

process.title = NAME;
for (const signal of NOT_FOR_US) process.on(signal, () => {});
process.stdout.on("error", end);
process.stdin.on("error", end);
process.stdin.on("end", end);
process.stdin.setEncoding("utf8");
process.stdin.on(
  "data",
  lineSplitter((line) => serve(readLaunchLine<LaunchRequest>(line))),
);
process.stdout.write(READY_LINE);

function serve(request: LaunchRequest): void {
  if (process.ppid !== workerPid) end(); // it is dead, and its descriptors may be another's
  const { id } = request;
  const child = start(request);
  child?.on("error", () => {}); // told by the missing pid
  const pid = child?.pid;
  if (child === undefined || pid === undefined) return answer({ type: "refused", id });
  runningPids.add(pid);
  answer({ type: "started", id, pid });
  child.on("exit", (code, signal) => {
    runningPids.delete(pid);
    answer({ type: "ended", id, code, signal });
  });
}

/** Undefined when it is refused. */
function start({ argv, cwd, env, descriptors: [stdin, stdout, stderr] }: LaunchRequest) {
  const opened: number[] = [];
  try {
    for (const [descriptor, flags] of [
      [stdin, constants.O_RDONLY],
      [stdout, constants.O_WRONLY],
      [stderr, constants.O_WRONLY],
    ] as const) {
      opened.push(openSync(`/proc/${workerPid}/fd/${descriptor}`, flags));
    }
    const [file = "", ...args] = argv;
    return spawn(file, args, { cwd, env, stdio: opened, detached: true });
  } catch {
    return undefined;
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

function answer(message: LaunchAnswer): void {
  process.stdout.write(launchLine(message));
}

/** The worker is gone, and may have been killed before it knew of what was just started. */
function end(): never {
  for (const pid of runningPids) signalGroup({ pid, reaped: false }, "SIGKILL");
  process.exit(0);
}
