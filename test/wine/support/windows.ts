// Programs on the Windows that Wine provides. Node.js cannot write to a pipe of Linux there, so output goes to files.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** As in the file system of Linux. */
const driveC = join(process.env["BUILDHAND_WINE_PREFIX"] ?? "", "drive_c");

/** Base directories and files of the tests. */
export const TEST_DIRECTORY = "C:\\t";

export const NODE = "C:\\node\\node.exe";

export interface WindowsProgram {
  readonly child: ChildProcess;
  /** What it printed so far. */
  output(): string;
  readonly exited: Promise<number | null>;
}

let outputCount = 0;

/** A path of Windows for programs of Linux. */
export function onLinux(path: string): string {
  if (!path.startsWith("C:\\")) throw new Error(`${path} is not on C:`);
  return join(driveC, ...path.slice("C:\\".length).split("\\"));
}

export function freshTestDirectory(): void {
  rmSync(onLinux(TEST_DIRECTORY), { recursive: true, force: true });
  mkdirSync(onLinux(TEST_DIRECTORY));
}

/** Starts a program with the smallest environment that Windows needs. */
export function startWindowsProgram(
  words: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): WindowsProgram {
  outputCount += 1;
  const path = join(driveC, `output-${outputCount}.txt`);
  const file = openSync(path, "w");
  const child = spawn("wine", [...words], {
    cwd: onLinux(TEST_DIRECTORY),
    stdio: ["ignore", file, file],
    env: { ...wineEnvironment(), ...variables },
  });
  closeSync(file);
  const output = () => readFileSync(path, "utf8").replaceAll("\r\n", "\n");
  const exited = once(child, "exit").then(([code]) => code as number | null);
  return { child, output, exited };
}

function wineEnvironment(): NodeJS.ProcessEnv {
  const kept = ["PATH", "HOME", "WINEPREFIX", "WINEDEBUG", "WINEDLLOVERRIDES", "DISPLAY", "XDG_RUNTIME_DIR"];
  return { ...Object.fromEntries(kept.map((name) => [name, process.env[name]])), LANG: "C.UTF-8" };
}

export function startBuildhand(...words: readonly string[]): WindowsProgram {
  return startWindowsProgram([NODE, "C:\\buildhand\\bin\\buildhand.js", ...words]);
}

/** Runs a subcommand to its end. */
export async function runBuildhand(
  ...words: readonly string[]
): Promise<{ readonly code: number | null; readonly output: string }> {
  const program = startBuildhand(...words);
  const code = await program.exited;
  return { code, output: program.output() };
}

/** The processes of this PID namespace whose command line has that text. */
export function processesWith(text: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number)
    .filter((pid) => commandLine(pid).includes(text));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // it has ended
  }
}
