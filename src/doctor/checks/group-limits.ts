// Limits that the control groups of a service or container set for a running worker and its builds together.
import { dirname, join } from "node:path";
import { controlGroupOf, readSystemFile } from "../../process/tree/index.ts";
import { findOwnWorker } from "../own-worker.ts";
import { type Remark, statementsOf } from "../statement.ts";
import type { Subject } from "../subject.ts";
import { mibText } from "./disks.ts";

const { fine, note } = statementsOf("build");

const NONE = Number.POSITIVE_INFINITY;
const NO_LIMITS: GroupLimits = { memoryBytes: NONE, tasks: NONE, processors: NONE };

/** Infinity for no limit. */
export interface GroupLimits {
  readonly memoryBytes: number;
  readonly tasks: number;
  readonly processors: number;
}

/** Empty when no worker is running, or without cgroup v2. */
export async function checkGroupLimits(subject: Subject): Promise<readonly Remark[]> {
  const worker = findOwnWorker(subject);
  try {
    const directory = worker === undefined ? undefined : controlGroupOf(`/proc/${worker.pid}`);
    return directory === undefined ? [] : [judgeGroupLimits(groupLimits(directory), directory)];
  } catch {
    return []; // it has ended
  }
}

/** The lowest of the group and its parents. */
export function groupLimits(directory: string): GroupLimits {
  const numbersOf = (name: string) => (readSystemFile(join(directory, name)) ?? "max").trim().split(" ").map(numberOf);
  if (readSystemFile(join(directory, "cgroup.controllers")) === undefined) return NO_LIMITS;
  const parent = groupLimits(dirname(directory));
  const [quota = NONE, period = 1] = numbersOf("cpu.max");
  return {
    memoryBytes: Math.min(...numbersOf("memory.max"), parent.memoryBytes),
    tasks: Math.min(...numbersOf("pids.max"), parent.tasks),
    processors: Math.min(quota / period, parent.processors),
  };
}

function numberOf(text: string): number {
  return text === "max" ? NONE : Number(text);
}

export function judgeGroupLimits({ memoryBytes, tasks, processors }: GroupLimits, directory: string): Remark {
  const parts = [
    memoryBytes < NONE && `${mibText(memoryBytes)} of memory`,
    tasks < NONE && `${tasks} processes and threads`,
    processors < NONE && `the time of ${Number(processors.toFixed(2))} processors`,
  ].filter((part) => part !== false);
  if (parts.length === 0) return fine(`no control group limits the running worker (${directory})`);
  return note(`the running worker and its builds together may use ${parts.join(", ")} (control group ${directory})`);
}
