// A Debian machine of its own for a test, in namespaces: systemd as process 1 (`bootMachine`), or one script in a chroot
// (`runInRoot`). It shares the network of the host, so that a test's master on loopback is its master. What happens in it
// never changes the root that it was made of, and ends with it.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { poll, withTails } from "./poll.ts";

const SCRIPT = fileURLToPath(new URL("debian-machine.sh", import.meta.url));
const BOOT_DEADLINE_MS = 120_000;
const RUN_DEADLINE_MS = 120_000;
const PRINTED_LIMIT_BYTES = 16 * 1024 * 1024;

const ENVIRONMENT = [
  "env",
  "-i",
  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  "HOME=/root",
  "LANG=C.UTF-8",
  "DEBIAN_FRONTEND=noninteractive",
];

/** What systemd is not to start here. */
const MASKED = ["timers.target", "getty.target", "getty-static.service", "systemd-firstboot.service"];

export interface Printed {
  readonly code: number;
  /** Both streams. */
  readonly output: string;
}

export interface MachineOptions {
  /** A directory as debian-root.js makes them. */
  readonly root: string;
  /** Directories of the host, by the place where the machine has them for reading. */
  readonly binds?: Readonly<Record<string, string>>;
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

/** Runs a shell script as root in a chroot with namespaces. Throws unless it ends with 0; gives what it printed. */
export async function runInRoot(
  options: MachineOptions,
  script: string,
  deadlineMs = RUN_DEADLINE_MS,
): Promise<string> {
  const scratch = mkdtempSync(join(tmpdir(), "buildhand-root-"));
  const argv = machineArgv(options, scratch, [...ENVIRONMENT, "sh", "-ec", script]);
  try {
    return outputOfSuccess(await finish(argv, deadlineMs), script);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Resolves when systemd has started what belongs to multi-user.target. */
export async function bootMachine(options: MachineOptions): Promise<DebianMachine> {
  const scratch = mkdtempSync(join(tmpdir(), "buildhand-machine-"));
  let running: RunningSystem | undefined;
  const machine: DebianMachine = {
    run(script, deadlineMs = RUN_DEADLINE_MS) {
      if (running === undefined) throw new Error("the machine does not run");
      return finish([...enteringMachine(running.pid), "sh", "-ec", script], deadlineMs);
    },
    async must(script, deadlineMs) {
      return outputOfSuccess(await machine.run(script, deadlineMs), script);
    },
    async reboot() {
      await running?.end();
      running = await boot(options, scratch);
    },
    async end() {
      await running?.end();
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

interface RunningSystem {
  /** Of systemd, as the host counts. */
  readonly pid: number;
  end(): Promise<void>;
}

async function boot(options: MachineOptions, scratch: string): Promise<RunningSystem> {
  const masks = MASKED.map((unit) => `ln -sf /dev/null /etc/systemd/system/${unit}`).join("; ");
  const systemd = "exec env container=other SYSTEMD_LOG_TARGET=console /lib/systemd/systemd --unit=multi-user.target";
  const [file = "", ...args] = machineArgv(options, scratch, [...ENVIRONMENT, "sh", "-ec", `${masks}; ${systemd}`]);
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (printed += chunk));
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const logs = () => ({ output: printed, "the console": readText(join(scratch, "console")) });
  const end = async () => {
    // Process 1 takes the others of its namespace with it, and the shell outside then removes the control group.
    const pid = systemPid(child);
    if (pid !== undefined) process.kill(pid, "SIGKILL");
    else child.kill("SIGKILL");
    await closed;
  };
  try {
    const pid = await poll(
      "systemd to have started multi-user.target",
      async () => {
        if (child.exitCode !== null) throw new Error(withTails("the machine has ended", logs()));
        const found = systemPid(child);
        return found !== undefined && (await isUp(found)) && found;
      },
      { deadlineMs: BOOT_DEADLINE_MS, logs },
    );
    return { pid, end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function isUp(pid: number): Promise<boolean> {
  // Early on there may be nothing to enter, or nobody to answer.
  const argv = [...enteringMachine(pid), "systemctl", "is-active", "--quiet", "multi-user.target"];
  return (await finish(argv, RUN_DEADLINE_MS)).code === 0;
}

function enteringMachine(pid: number): readonly string[] {
  const namespaces = ["--mount", "--uts", "--ipc", "--pid", "--cgroup", "--root", "--wd"];
  return ["nsenter", `--target=${pid}`, ...namespaces, ...ENVIRONMENT];
}

function readText(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** The shell outside has one child, `unshare`, and that has process 1. */
function systemPid(child: ChildProcess): number | undefined {
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

function machineArgv({ root, binds = {} }: MachineOptions, scratch: string, program: readonly string[]) {
  const lines = Object.entries(binds).map(([place, from]) => `${from}:${place}`);
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
