// Checks the limits of open files and processes for a build.
import { readSystemFile } from "../../process/tree/index.ts";
import { type Remark, statementsOf } from "../statement.ts";

const { fine, note, finding } = statementsOf("build");

/** The usual default limit of a process. */
const LEAST_FILES = 1024;
/** Enough for a parallel build with its compilers, the worker's own processes, and a test suite. */
const LEAST_PROCESSES = 256;

/** Infinity for no limit. */
export interface SystemLimit {
  readonly soft: number;
  readonly hard: number;
}

export interface LimitFacts {
  readonly files: SystemLimit;
  readonly processes: SystemLimit;
  /** The limit of open files of our parent process, because Node.js raises its own soft limit. */
  readonly filesOfParent: SystemLimit | undefined;
}

export async function checkLimits(): Promise<readonly Remark[]> {
  return judgeLimits(limitFacts());
}

function limitFacts(): LimitFacts | undefined {
  const own = readLimits("self");
  const files = readLimit(own, "Max open files");
  const processes = readLimit(own, "Max processes");
  if (files === undefined || processes === undefined) return undefined;
  return { files, processes, filesOfParent: readLimit(readLimits(String(process.ppid)), "Max open files") };
}

/** Commands inherit the limits of Node.js, which raises its soft limit to the hard one. */
export function judgeLimits(facts: LimitFacts | undefined): readonly Remark[] {
  if (facts === undefined) return [note("the system does not report the limits of processes")];
  const { files, processes, filesOfParent } = facts;
  const before = filesOfParent === undefined ? "" : `, ${shown(filesOfParent.soft)} where the worker is started`;
  const openFiles = `a process may open ${shown(files.hard)} files (hard limit${before})`;
  const most = `the account may run ${shown(processes.soft)} processes`;
  return [
    files.hard < LEAST_FILES
      ? finding("limit-files", `${openFiles}; expected ${LEAST_FILES} or more`)
      : fine(openFiles),
    processes.soft < LEAST_PROCESSES
      ? finding("limit-processes", `${most}; expected ${LEAST_PROCESSES} or more`)
      : fine(most),
  ];
}

/** A line of /proc/<pid>/limits, see proc_pid_limits(5). */
export function readLimit(limits: string | undefined, name: string): SystemLimit | undefined {
  const line = limits?.split("\n").find((one) => one.startsWith(`${name} `));
  const [soft, hard] = line?.slice(name.length).trim().split(/\s+/) ?? [];
  return soft === undefined || hard === undefined ? undefined : { soft: numberOf(soft), hard: numberOf(hard) };
}

function numberOf(text: string): number {
  return text === "unlimited" ? Number.POSITIVE_INFINITY : Number(text);
}

function shown(limit: number): string {
  return limit === Number.POSITIVE_INFINITY ? "any number of" : String(limit);
}

/** Undefined for another user's process, and without /proc. */
function readLimits(pid: string): string | undefined {
  return readSystemFile(`/proc/${pid}/limits`);
}
