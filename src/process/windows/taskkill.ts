// Windows' own program to end processes: politely, which only programs with a window notice, or by force.
import { spawn } from "node:child_process";

export interface TaskkillRequest {
  readonly pid: number;
  readonly force: boolean;
  /** Default: Windows' own. */
  readonly program?: string;
}

/** Its exit codes when there is no such process, or it has just ended. */
const GONE_CODES: ReadonlySet<number | null> = new Set([128, 255]);

/** Ends a process and its descendants. Resolves to whether it accepted; false also if the process is gone. */
export function taskkill({
  pid,
  force,
  program = "taskkill.exe",
}: TaskkillRequest): Promise<"killed" | "gone" | "failed"> {
  const words = [...(force ? ["/F"] : []), "/PID", String(pid), "/T"];
  const child = spawn(program, words, { stdio: "ignore", windowsHide: true });
  return new Promise((resolve) => {
    child.once("error", () => resolve("failed"));
    child.once("exit", (code) => resolve(code === 0 ? "killed" : GONE_CODES.has(code) ? "gone" : "failed"));
  });
}
