// A Debian machine of its own for a test, in namespaces: with systemd as process 1 (`bootMachine`), or a directory to run scripts
// and programs in (`openTree`). It shares the network of the host, so that a test's master on loopback is its master. What
// happens in it never changes the root that it was made of, and ends with it.
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { poll, withTails } from "./poll.ts";

const SCRIPT = fileURLToPath(new URL("debian-machine.sh", import.meta.url));
const BOOT_DEADLINE_MS = 120_000;
const RUN_DEADLINE_MS = 120_000;
const PRINTED_LIMIT_BYTES = 16 * 1024 * 1024;

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const ENVIRONMENT = ["env", "-i", `PATH=${PATH}`, "HOME=/root", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"];

/** What systemd is not to start here. */
const MASKED = ["timers.target", "getty.target", "getty-static.service", "systemd-firstboot.service"];

export interface Printed {
  readonly code: number;
  /** Both streams. */
  readonly output: string;
}

export interface Mounts {
  /** Directories of the host, by the place where they can be read. */
  readonly binds?: Readonly<Record<string, string>>;
  /** The same, for writing. */
  readonly volumes?: Readonly<Record<string, string>>;
  /** All but volumes, /tmp and /run. */
  readonly isReadOnly?: boolean;
}

export interface TreeOptions extends Mounts {
  /** A directory as debian-root.js makes them. */
  readonly root: string;
}

export interface DebianTree {
  /** Runs a shell script as root, with namespaces of its own. Throws unless it ends with 0; gives what it printed. */
  run(script: string, deadlineMs?: number): Promise<string>;
  /** Starts a program as process 1 of namespaces of its own, with no environment. */
  start(argv: readonly string[], mounts?: Mounts): TreeProgram;
  /** Removes it; whatever runs in it must have ended. */
  remove(): void;
}

export interface TreeProgram {
  /** What it has printed so far, on both streams. */
  output(): string;
  /** Of process 1, as the host counts; undefined before there is one, and when it has ended. */
  pid(): number | undefined;
  /** Runs a program beside it, in its namespaces, with no environment. */
  enter(argv: readonly string[], deadlineMs?: number): Promise<Printed>;
  hasEnded(): boolean;
  /** The exit code, once all has ended. */
  readonly ended: Promise<number | null>;
  /** Kills all that runs in the namespaces. */
  kill(): Promise<void>;
}

export interface DebianMachine {
  /** Runs a shell script as root. */
  run(script: string, deadlineMs?: number): Promise<Printed>;
  /** The same, and throws unless it ends with 0. */
  must(script: string, deadlineMs?: number): Promise<string>;
  /** Ends it as a loss of power does, and boots it again with what it has on its disk. */
  reboot(): Promise<void>;
  /** Ends all that runs in it, and removes it. */
  end(): Promise<void>;
}

/** Empty where there can be such trees; otherwise why not, to follow the name of a test that is not run for it. */
export const noDebianTree = refusal();

function refusal(): string {
  const scratch = mkdtempSync(join(tmpdir(), "buildhand-tree-"));
  try {
    // With the programs of this host.
    const root = join(scratch, "host");
    for (const name of ["dev", "proc", "run", "sys", "tmp", "usr"]) mkdirSync(join(root, name), { recursive: true });
    for (const name of ["bin", "lib", "lib64"]) symlinkSync(`usr/${name}`, join(root, name));
    const [file = "", ...args] = treeArgv({ root, binds: { "/usr": "/usr" } }, scratch, ["true"]);
    const { status, stderr, error } = spawnSync(file, args, { encoding: "utf8" });
    if (status === 0) return "";
    const reason = error?.message ?? stderr.trim().split("\n").join("; ");
    return ` (not run: there can be no machines in namespaces here: ${reason})`;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A tree with what is in the root, and changes of its own. */
export function openTree(options: TreeOptions): DebianTree {
  const scratch = mkdtempSync(join(tmpdir(), "buildhand-tree-"));
  return {
    async run(script, deadlineMs = RUN_DEADLINE_MS) {
      const argv = treeArgv(options, scratch, [...ENVIRONMENT, "sh", "-ec", script]);
      return outputOfSuccess(await finish(argv, deadlineMs), script);
    },
    start: (argv, mounts = {}) => startProgram(treeArgv({ ...options, ...mounts }, scratch, ["env", "-i", ...argv])),
    remove: () => rmSync(scratch, { recursive: true, force: true }),
  };
}

/** Runs one script in a tree of its own. */
export async function runInRoot(options: TreeOptions, script: string): Promise<string> {
  const tree = openTree(options);
  try {
    return await tree.run(script);
  } finally {
    tree.remove();
  }
}

/** Resolves when systemd has started what belongs to multi-user.target. */
export async function bootMachine(options: TreeOptions): Promise<DebianMachine> {
  const scratch = mkdtempSync(join(tmpdir(), "buildhand-machine-"));
  let system: TreeProgram | undefined;
  const machine: DebianMachine = {
    run(script, deadlineMs = RUN_DEADLINE_MS) {
      if (system === undefined) throw new Error("the machine does not run");
      return system.enter([...ENVIRONMENT, "sh", "-ec", script], deadlineMs);
    },
    async must(script, deadlineMs) {
      return outputOfSuccess(await machine.run(script, deadlineMs), script);
    },
    async reboot() {
      await system?.kill();
      system = await boot(options, scratch);
    },
    async end() {
      await system?.kill();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
  try {
    await machine.reboot();
    return machine;
  } catch (error) {
    await machine.end();
    throw error;
  }
}

async function boot(options: TreeOptions, scratch: string): Promise<TreeProgram> {
  const masks = MASKED.map((unit) => `ln -sf /dev/null /etc/systemd/system/${unit}`).join("; ");
  const systemd = "exec env container=other SYSTEMD_LOG_TARGET=console /lib/systemd/systemd --unit=multi-user.target";
  const system = startProgram(treeArgv(options, scratch, [...ENVIRONMENT, "sh", "-ec", `${masks}; ${systemd}`]));
  const logs = () => ({ output: system.output(), "the console": readText(join(scratch, "console")) });
  const question = [...ENVIRONMENT, "systemctl", "is-active", "--quiet", "multi-user.target"];
  try {
    await poll(
      "systemd to have started multi-user.target",
      async () => {
        if (system.hasEnded()) throw new Error(withTails("the machine has ended", logs()));
        // Early on there may be nothing to enter, or nobody to answer.
        return system.pid() !== undefined && (await system.enter(question)).code === 0;
      },
      { deadlineMs: BOOT_DEADLINE_MS, logs },
    );
    return system;
  } catch (error) {
    await system.kill();
    throw error;
  }
}

function startProgram([file = "", ...args]: readonly string[]): TreeProgram {
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (printed += chunk));
  let hasEnded = false;
  const ended = new Promise<number | null>((resolve) => {
    child.once("close", (code) => {
      hasEnded = true;
      resolve(code);
    });
  });
  const pid = () => firstProcess(child);
  return {
    output: () => printed,
    pid,
    enter(argv, deadlineMs = RUN_DEADLINE_MS) {
      const target = pid();
      if (target === undefined) throw new Error(withTails("it does not run", { output: printed }));
      const namespaces = ["--mount", "--uts", "--ipc", "--pid", "--cgroup", "--root", "--wd"];
      return finish(["nsenter", `--target=${target}`, ...namespaces, "env", "-i", ...argv], deadlineMs);
    },
    hasEnded: () => hasEnded,
    ended,
    async kill() {
      // Process 1 takes the others of its namespace with it, and the shell outside then removes the control group.
      const target = pid();
      if (target !== undefined) process.kill(target, "SIGKILL");
      else child.kill("SIGKILL");
      await ended;
    },
  };
}

/** The shell outside has one child, `unshare`, and that has process 1. */
function firstProcess(child: ChildProcess): number | undefined {
  const unshare = child.pid === undefined ? undefined : childOf(child.pid);
  return unshare === undefined ? undefined : childOf(unshare);
}

function childOf(pid: number): number | undefined {
  try {
    const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
    return first ? Number(first) : undefined;
  } catch {
    return undefined; // it has just ended
  }
}

function treeArgv(
  { root, binds = {}, volumes = {}, isReadOnly = false }: TreeOptions,
  scratch: string,
  program: readonly string[],
) {
  const lines = [
    ...Object.entries(binds).map(([place, from]) => `${from}:${place}:ro`),
    ...Object.entries(volumes).map(([place, from]) => `${from}:${place}:rw`),
    ...(isReadOnly ? ["/:/:ro"] : []),
  ];
  const outer = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount"];
  return [...outer, "sh", SCRIPT, "outside", root, scratch, lines.join("\n"), ...program];
}

function finish([file = "", ...args]: readonly string[], deadlineMs: number): Promise<Printed> {
  return new Promise((resolve, reject) => {
    const options = { timeout: deadlineMs, killSignal: "SIGKILL", maxBuffer: PRINTED_LIMIT_BYTES } as const;
    execFile(file, args, options, (error, stdout, stderr) => {
      const output = stdout + stderr;
      if (error === null) resolve({ code: 0, output });
      else if (typeof error.code === "number") resolve({ code: error.code, output });
      else reject(new Error(`${error.message}\n${output}`));
    });
  });
}

function outputOfSuccess({ code, output }: Printed, script: string): string {
  if (code !== 0) throw new Error(`ended with ${code}: ${script}\n${output}`);
  return output;
}

function readText(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
