// How many files and processes the system lets a build have.
import { readSystemFile } from "../../process/tree/index.ts";
import { type Remark, statementsOf } from "../statement.ts";

const { fine, note, finding } = statementsOf("build");

/** What every system lets a process open unless somebody has lowered it. */
const LEAST_FILES = 1024;
/** A parallel build with its compilers, the worker's own processes, and a test suite. */
const LEAST_PROCESSES = 256;

/** Infinity for no limit. */
export interface SystemLimit {
  readonly soft: number;
  readonly hard: number;
}

export interface LimitFacts {
  readonly files: SystemLimit;
  readonly processes: SystemLimit;
  /** Those of files of whoever started us: Node.js raises its own soft limit. */
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

/** Commands have what Node.js has, whose soft limit is the hard one. */
export function judgeLimits(facts: LimitFacts | undefined): readonly Remark[] {
  if (facts === undefined) return [note("the system does not tell the limits of its processes")];
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
