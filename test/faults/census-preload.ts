// Loaded into the worker's process before the worker: at SIGWINCH, which workers have no use for, it writes what the process holds to a file, garbage not
// counted. Does not know workers.
import { readdirSync, readFileSync, readlinkSync, renameSync, writeFileSync } from "node:fs";
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
  const { heapUsed, external } = process.memoryUsage();
  const descriptorKinds = kindsOfDescriptors();
  const census: Census = {
    heapMib: heapUsed / 1024 / 1024,
    externalMib: external / 1024 / 1024,
    descriptors: Object.values(descriptorKinds).reduce((sum, count) => sum + count, 0),
    descriptorKinds,
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

function kindsOfDescriptors(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const descriptor of readdirSync("/proc/self/fd")) {
    const kind = kindOf(descriptor);
    if (kind !== undefined) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** Undefined for the one that read the directory, which is closed. */
function kindOf(descriptor: string): string | undefined {
  try {
    const target = readlinkSync(`/proc/self/fd/${descriptor}`);
    return target.startsWith("/") ? "file" : /^(?:anon_inode:)?\[?([a-z]+)/.exec(target)?.[1];
  } catch {
    return undefined;
  }
}
