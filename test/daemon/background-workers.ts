// Workers in the background, as `start` leaves them: starting, asking the system about them, and none left behind.
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { commandLine } from "../cli/command-line.ts";
import type { FakeMaster } from "../support/fake-master.ts";
import { poll } from "../support/poll.ts";
import { type Installation, lives, PASSWORD, type StartOptions } from "./worker-program.ts";

export interface CommandResult {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly complained: string;
}

/** Runs a command of the program to its end. */
export async function run(
  installation: Installation,
  argv: readonly string[],
  options: StartOptions = {},
): Promise<CommandResult> {
  const program = installation.start(argv, options);
  const { code } = await program.ended;
  return { code, lines: program.printed.split("\n").slice(0, -1), complained: program.complained };
}

/** Runs a command to its end in this process, since to start the program takes longer. */
export async function command(argv: readonly string[]): Promise<CommandResult> {
  const { code, printed, errors } = await commandLine(argv);
  if ((printed + errors).includes(PASSWORD)) throw new Error(`the password was written: ${printed}${errors}`);
  return { code, lines: printed.split("\n").slice(0, -1), complained: errors };
}

/** Greets every worker that logs in as a real master does, until the master is closed. */
export function greetAll(master: FakeMaster): void {
  void master.nextWorker().then((attached) => {
    greetAll(master);
    // A worker that is stopped meanwhile hears nothing, which is no fault of the test.
    return attached.call("print", "attached").catch(() => undefined);
  });
}

/** The pid in the directory's twistd.pid; throws when there is none that a test may signal. */
export function pidOf(basedir: string): number {
  const text = readFileSync(join(basedir, "twistd.pid"), "latin1");
  if (!/^\d+$/.test(text) || Number(text) < 2)
    throw new Error(`expected the pid of a worker in twistd.pid, got '${text}'`);
  return Number(text);
}

export interface ProcessFacts {
  readonly parent: number;
  readonly session: number;
  /** 0: no controlling terminal. */
  readonly terminal: number;
  /** Octal, as /proc shows it. */
  readonly umask: string;
  readonly directory: string;
  /** Where descriptors 0, 1 and 2 lead. */
  readonly streams: readonly string[];
}

export function factsOf(pid: number): ProcessFacts {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const [, parent, , session, terminal] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    parent: Number(parent),
    session: Number(session),
    terminal: Number(terminal),
    umask: /^Umask:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? "",
    directory: realpathSync(`/proc/${pid}/cwd`),
    streams: [0, 1, 2].map((descriptor) => realpathSync(`/proc/${pid}/fd/${descriptor}`)),
  };
}

/** Kills the worker that runs in the directory, if one does, and waits for its end. */
export async function killWorker(basedir: string): Promise<void> {
  const path = join(basedir, "twistd.pid");
  const pid = existsSync(path) ? Number(readFileSync(path, "latin1")) : 0;
  if (!Number.isSafeInteger(pid) || pid < 2 || !lives(pid) || !worksIn(pid, basedir)) return;
  process.kill(pid, "SIGKILL");
  await poll("the worker to be gone", () => !lives(pid));
}

function worksIn(pid: number, directory: string): boolean {
  try {
    return realpathSync(`/proc/${pid}/cwd`) === realpathSync(directory);
  } catch {
    return false; // gone in the meantime
  }
}
