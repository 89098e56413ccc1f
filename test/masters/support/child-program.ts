// Programs that tests start: each leads its own process group, none outlives the process of the tests.
import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { withTails } from "../../support/poll.ts";

/** A master in the middle of a build needs a moment to end; after this it is killed. */
const STOP_GRACE_MS = 15_000;

/** How many characters of a program's output are kept for error messages. */
const OUTPUT_LIMIT_CHARACTERS = 100_000;

export interface ChildExit {
  readonly code: ChildProcess["exitCode"];
  readonly signal: ChildProcess["signalCode"];
}

export interface ChildProgram {
  readonly pid: number;
  /** Settles, and never rejects, when the program has ended. */
  readonly exited: Promise<ChildExit>;
  running(): boolean;
  /** What it printed so far, both streams together. */
  output(): string;
  signal(signal: NodeJS.Signals): void;
  /** Sends the signal (default SIGTERM), waits for the end and kills what does not end within 15 seconds. */
  stop(signal?: NodeJS.Signals): Promise<ChildExit>;
}

const slowTools = fileURLToPath(new URL("slow-tools", import.meta.url));

/** The whole environment of the programs under test: small and the same everywhere, for it ends up in every log. */
const programEnvironment: Readonly<Record<string, string>> = {
  HOME: tmpdir(),
  LANG: "C.UTF-8",
  PATH: `${slowTools}:${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
};

const running = new Set<ChildProcess>();

process.once("exit", () => {
  for (const child of running) signalGroup(child, "SIGKILL");
});

/** Starts a program; one that cannot be executed ends with code null and the reason as its output. */
export function startProgram(
  command: readonly string[],
  cwd: string,
  variables: Readonly<Record<string, string>> = {},
): ChildProgram {
  const [file = "", ...args] = command;
  const env = { ...programEnvironment, ...variables };
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let output = "";
  const keep = (text: string) => {
    output = (output + text).slice(-OUTPUT_LIMIT_CHARACTERS);
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  const exited = new Promise<ChildExit>((resolve) => {
    const end = (exit: ChildExit) => {
      running.delete(child);
      resolve(exit);
    };
    child.once("error", (error) => {
      keep(error.message);
      end({ code: null, signal: null });
    });
    child.once("exit", (code, signal) => end({ code, signal }));
  });
  return {
    pid: child.pid ?? 0,
    exited,
    running: () => running.has(child),
    output: () => output,
    signal: (signal) => void child.kill(signal),
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      const killer = setTimeout(() => signalGroup(child, "SIGKILL"), STOP_GRACE_MS);
      try {
        return await exited;
      } finally {
        clearTimeout(killer);
      }
    },
  };
}

/** Runs a program to its end; throws with its output unless it succeeds. */
export async function runProgram(command: readonly string[], cwd: string): Promise<void> {
  const program = startProgram(command, cwd);
  const { code, signal } = await program.exited;
  if (code === 0) return;
  throw new Error(withTails(`${command.join(" ")} ended with ${code ?? signal}`, { output: program.output() }));
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // it ended in the meantime
  }
}
