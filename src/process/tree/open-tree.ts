// Chooses what knows the processes of this system: /proc, or `ps` where there is none. Nothing else chooses.
import { hasProc } from "../../base/platform.ts";
import { ProcessTree, type RunTree, type TreeRoot } from "./process-tree.ts";

let ps: typeof import("./ps-tree.ts") | undefined;

/** Loads what is needed instead of /proc, if there is none. Call it at the start: later an upgrade may replace the files. */
export async function loadProcessSupport(): Promise<void> {
  if (!hasProc) ps ??= await import("./ps-tree.ts");
}

/** The processes of one run. */
export function openTree(root: TreeRoot): RunTree {
  return ps === undefined ? new ProcessTree(root) : new ps.PsTree(root);
}

/** Functions of the supervisor's shell for systems without /proc, which replace those for /proc; usually none. */
export function shellFunctions(): string {
  return ps?.psShellFunctions ?? "";
}

/** Whether `ps` lists processes, where there is no /proc. */
export async function canListByPs(): Promise<boolean> {
  return (await ps?.psProcesses()) !== undefined;
}

/** What `ps` says about a process: see `psProcess`. Undefined also where there is /proc. */
export function processFromPs(pid: number): ReturnType<typeof import("./ps.ts").psProcess> {
  return ps?.psProcess(pid);
}
