// Worker processes, the real one and ours, each under a master of its own. Owns their base directories and their end.
import { spawn } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeBasedir } from "./basedir.js";
import { delayLine } from "./delay-line.js";
import { placeOfFiles } from "./machine.js";
import { listenMsgpack } from "./msgpack-master.js";
import { listenPb } from "./pb-master.js";

/** Where Debian's package has it. */
const BUILDBOT_WORKER = "/usr/bin/buildbot-worker";
const PYTHON = "/usr/bin/python3";
const END_LIMIT_MS = 10_000;
const ATTACH_LIMIT_MS = 30_000;

/** @typedef {"real" | "ours"} Kind */

/**
 * @typedef {object} WorkerOptions
 * @property {"pb" | "msgpack"} [protocol] Default pb.
 * @property {number} [roundTripMs] Default: none.
 * @property {readonly string[]} [builders] Default: b1.
 */

/**
 * @typedef {object} Worker
 * @property {Kind} kind
 * @property {number} pid
 * @property {number} attachedMs From its start until its master had its builders.
 * @property {string} directory Of the first builder; commands run there.
 * @property {import("./attachments.js").AttachedWorker} attached
 * @property {() => Promise<import("./attachments.js").AttachedWorker>} nextAttached After a connection that was lost.
 * @property {(name: string, args: Readonly<Record<string, unknown>>, builder?: string, onOutput?: (text: string) => void) => Promise<import("./counted-command.js").CountedCommand>} run A command that must end with rc 0.
 * @property {() => Promise<void>} end
 */

/** Both where both are there. @returns {readonly Kind[]} */
export function availableKinds() {
  return existsSync(BUILDBOT_WORKER) ? ["real", "ours"] : ["ours"];
}

/**
 * A place in memory for the files of a run of the suite, and one on the disk, with a copy of the program that no build replaces meanwhile. Each worker
 * has a copy of Node.js or Python: what it shared of them with others would not be counted as its memory.
 */
export class Workshop {
  path = mkdtempSync(join(tmpdir(), "buildhand-bench-"));
  #files = mkdtempSync(join(placeOfFiles(), "buildhand-bench-"));
  #program = join(this.path, "buildhand");
  /** @type {Set<import("node:child_process").ChildProcess>} */
  #children = new Set();
  #count = 0;
  /** @type {string | undefined} */
  #profileDirectory;

  /** @param {string} [profileDirectory] Where ours leaves a profile of each of its processes; default: nowhere. */
  constructor(profileDirectory) {
    this.#profileDirectory = profileDirectory;
    const checkout = fileURLToPath(new URL("..", import.meta.url));
    for (const part of ["package.json", "bin", "dist"]) {
      cpSync(join(checkout, part), join(this.#program, part), { recursive: true });
    }
    symlinkSync(join(checkout, "node_modules"), join(this.#program, "node_modules"));
  }

  /** A path that does not exist yet. */
  newPath() {
    this.#count += 1;
    return join(this.#files, `${this.#count}`);
  }

  /** Starts a worker and waits until it has attached. @param {Kind} kind @param {WorkerOptions} [options] @returns {Promise<Worker>} */
  async start(kind, { protocol = "pb", roundTripMs = 0, builders = ["b1"] } = {}) {
    const master = await (protocol === "pb" ? listenPb() : listenMsgpack());
    const line = roundTripMs === 0 ? undefined : await delayLine(master.port, roundTripMs / 2);
    const basedir = this.newPath();
    makeBasedir(basedir, { port: line?.port ?? master.port, protocol });
    const interpreter = join(this.#files, `interpreter-${this.#count}`);
    copyFileSync(kind === "real" ? PYTHON : process.execPath, interpreter);
    const startMs = performance.now();
    const child = this.#spawn(kind, interpreter, basedir);
    const end = async () => {
      await this.#end(child);
      await line?.close();
      await master.close();
      for (const path of [basedir, interpreter]) rmSync(path, { recursive: true, force: true });
    };
    const attached = await attachment(master, child, builders).catch(async (error) => {
      const log = logOf(basedir);
      await end();
      throw new Error(`the worker (${kind}) ${error.message}; its log:\n${log}`, { cause: error });
    });
    const attachedMs = performance.now() - startMs;
    const directory = join(basedir, builders[0], "build");
    mkdirSync(directory, { recursive: true });
    const worker = {
      kind,
      pid: child.pid,
      attachedMs,
      directory,
      attached,
      nextAttached: () => master.nextWorker(),
      async run(name, args, builder = builders[0], onOutput) {
        const command = await worker.attached.run(builder, name, args, onOutput);
        if (command.rc !== 0) throw new Error(`${name} of the ${kind} worker ended with rc ${command.rc}`);
        return command;
      },
      end,
    };
    return worker;
  }

  /** Kills what runs still and removes everything. */
  remove() {
    for (const child of this.#children) child.kill("SIGKILL");
    for (const path of [this.path, this.#files]) rmSync(path, { recursive: true, force: true });
  }

  #spawn(kind, interpreter, basedir) {
    const profiling =
      this.#profileDirectory === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${this.#profileDirectory}`];
    const program = kind === "real" ? [BUILDBOT_WORKER] : [...profiling, join(this.#program, "bin/buildhand.js")];
    const child = spawn(interpreter, [...program, "start", "--nodaemon", basedir], {
      env: {
        HOME: tmpdir(),
        LANG: "C.UTF-8",
        PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
      },
      stdio: "ignore",
    });
    this.#children.add(child);
    child.on("exit", () => this.#children.delete(child));
    return child;
  }

  async #end(child) {
    if (!this.#children.has(child)) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), END_LIMIT_MS);
    await ended;
    clearTimeout(timer);
  }
}

/** Rejects when the worker does not attach. */
async function attachment(master, child, builders) {
  let timer;
  const failure = new Promise((_resolve, reject) => {
    const fail = (what) => reject(new Error(what));
    child.once("error", (error) => fail(`could not be started: ${error.message}`));
    child.once("exit", (code, signal) => fail(`ended with ${signal ?? code}`));
    timer = setTimeout(() => fail(`has not attached within ${ATTACH_LIMIT_MS / 1000} s`), ATTACH_LIMIT_MS);
  });
  try {
    const attached = await Promise.race([master.nextWorker(), failure]);
    await attached.setBuilders(builders);
    return attached;
  } finally {
    clearTimeout(timer);
    failure.catch(() => {}); // its end, later, is no failure
  }
}

function logOf(basedir) {
  const path = join(basedir, "twistd.log");
  return existsSync(path) ? readFileSync(path, "utf8") : "(none)";
}
