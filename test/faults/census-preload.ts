// Loaded into the worker's process before the worker: at SIGWINCH, which workers have no use for, it writes what the process holds to a file, garbage not
// counted. Knows nothing of workers.
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Census } from "./census.ts";

const place = process.env["BUILDHAND_CENSUS"];

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

process.on("SIGWINCH", () => {
  if (place === undefined) return;
  collectGarbage();
  const resources = process.getActiveResourcesInfo();
  const children = readdirSync("/proc/self/task").flatMap((task) => childrenOf(task));
  const census: Census = {
    heapMib: process.memoryUsage().heapUsed / 1024 / 1024,
    // The one that reads the directory is not counted.
    descriptors: readdirSync("/proc/self/fd").length - 1,
    timers: resources.filter((name) => name === "Timeout").length,
    sockets: resources.filter((name) => name === "TCPSocketWrap").length,
    children: children.length,
  };
  writeFileSync(`${place}.new`, JSON.stringify(census));
  renameSync(`${place}.new`, place);
});

function childrenOf(task: string): readonly string[] {
  const text = readFileSync(`/proc/self/task/${task}/children`, "latin1");
  return text.split(" ").filter((pid) => pid !== "");
}
