// A real Buildbot master in a temporary directory of its own: started, reconfigured, killed and asked what it knows.
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { poll, withTails } from "../../support/poll.ts";
import { BUILDBOT } from "./availability.ts";
import type { BuildOutcome } from "./build-outcome.ts";
import { type ChildProgram, runProgram, startProgram } from "./child-program.ts";
import { ControlLink } from "./control-link.ts";
import type { BuilderDescription, Json, MasterDescription } from "./description.ts";
import { freePorts } from "./free-ports.ts";
import { copyOnceMade } from "./made-once.ts";
import { StartedBuild } from "./started-build.ts";
import { readWorker, type WorkerRow } from "./worker-row.ts";

/** A start takes 2 s on an idle machine. */
const START_DEADLINE_MS = 180_000;

/** A worker that lost its master comes back after a few growing delays. */
const ATTACH_DEADLINE_MS = 120_000;

export type Protocol = "pb" | "msgpack";

export interface BuildRequest {
  readonly properties?: { readonly [name: string]: Json };
  /** Default "a test". */
  readonly reason?: string;
  /** A diff that makes it a try build. */
  readonly patch?: string;
}

/** Creates a master and starts it; an error shows the end of its log. */
export async function startMaster(description: MasterDescription): Promise<TestMaster> {
  const root = mkdtempSync(join(tmpdir(), "buildhand-master-"));
  try {
    const [pb = 0, msgpack = 0, control = 0] = await freePorts(3);
    const master = new TestMaster(root, { pb, msgpack, control }, description);
    await master.create();
    await master.start();
    return master;
  } catch (error) {
    rmSync(root, { recursive: true, force: true });
    throw error;
  }
}

export class TestMaster {
  /** A temporary directory that goes with the master; there is room in it for base directories of workers. */
  readonly root: string;
  readonly #ports: Readonly<Record<Protocol | "control", number>>;
  readonly #basedir: string;
  readonly #companions = new Set<() => Promise<unknown>>();
  #description: MasterDescription;
  #program: ChildProgram | undefined;
  #link: ControlLink | undefined;

  constructor(root: string, ports: TestMaster["ports"], description: MasterDescription) {
    this.root = root;
    this.#basedir = join(root, "master");
    this.#ports = ports;
    this.#description = description;
  }

  get ports(): Readonly<Record<Protocol | "control", number>> {
    return this.#ports;
  }

  /** Makes the master's directory; once, before the first start. */
  async create(): Promise<void> {
    // Making its database takes seconds.
    await copyOnceMade("fresh-master", this.#basedir, (path) =>
      runProgram([BUILDBOT, "create-master", "--quiet", "--no-logrotate", "--relocatable", path], this.root),
    );
    copyFileSync(besideThisFile("master_cfg.py"), join(this.#basedir, "master.cfg"));
    for (const module of ["asked_builds.py", "control_server.py", "raw_commands.py", "raw_files.py"]) {
      copyFileSync(besideThisFile(module), join(this.#basedir, module));
    }
  }

  /** Starts the master, again with the same directory and ports, and waits until it runs. */
  async start(): Promise<void> {
    this.#writeDescription();
    const from = this.log().length;
    const program = startProgram([BUILDBOT, "start", "--nodaemon", this.#basedir], this.root);
    this.#program = program;
    const logs = () => ({ "twistd.log": this.log().slice(from), output: program.output() });
    try {
      await poll(
        "the master to run",
        () => {
          if (!program.running()) throw new Error(withTails("the master ended instead of starting", logs()));
          return this.log().includes("BuildMaster is running", from) ? true : undefined;
        },
        { deadlineMs: START_DEADLINE_MS, logs },
      );
      this.#link = await ControlLink.open(this.#ports.control);
    } catch (error) {
      await program.stop("SIGKILL");
      throw error;
    }
  }

  /** Ends the master as `buildbot stop` does. */
  async stop(): Promise<void> {
    this.#link?.close();
    await this.#program?.stop("SIGTERM");
  }

  /** Ends the master without giving it a chance to say anything. */
  async kill(): Promise<void> {
    this.#link?.close();
    await this.#program?.stop("SIGKILL");
  }

  /** Stops the master's process where it is; its host goes on to take what it is sent. */
  freeze(): void {
    this.#program?.signal("SIGSTOP");
  }

  thaw(): void {
    this.#program?.signal("SIGCONT");
  }

  /** Ends the master's companions and the master, and removes their directories. For `afterAll`. */
  async end(): Promise<void> {
    await Promise.all([...this.#companions].map((endCompanion) => endCompanion()));
    await this.stop();
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Has something ended together with this master. */
  endAlso(endCompanion: () => Promise<unknown>): void {
    this.#companions.add(endCompanion);
  }

  /** Replaces the builders (SIGHUP) and waits until the master has taken them over. */
  async reconfigure(builders: readonly BuilderDescription[]): Promise<void> {
    this.#description = { ...this.#description, builders };
    this.#writeDescription();
    const from = this.log().length;
    this.#program?.signal("SIGHUP");
    const logs = () => ({ "twistd.log": this.log().slice(from) });
    const verdict = await poll(
      "the reconfiguration",
      () => /configuration update (complete|aborted|partially)/.exec(this.log().slice(from))?.[1],
      { deadlineMs: START_DEADLINE_MS, logs },
    );
    if (verdict !== "complete") throw new Error(withTails("the master refused its new configuration", logs()));
  }

  /** Reconfigures with what becomes of the present builders. */
  changeBuilders(change: (present: readonly BuilderDescription[]) => readonly BuilderDescription[]): Promise<void> {
    return this.reconfigure(change(this.#description.builders));
  }

  /** Requests a build; it begins once its worker is attached and free. */
  async startBuild(
    builder: string,
    { properties = {}, reason = "a test", patch }: BuildRequest = {},
  ): Promise<StartedBuild> {
    const wanted = { builder, properties, reason, patch: patch ?? null };
    const requestId = (await this.#connected().request("add_build", wanted)) as number;
    return new StartedBuild(builder, requestId, { link: () => this.#connected(), logs: () => this.#logs() });
  }

  /** Requests a build and waits for its end. */
  async build(builder: string, request: BuildRequest = {}): Promise<BuildOutcome> {
    return (await this.startBuild(builder, request)).finished();
  }

  /** What the master knows about a worker now. */
  worker(name: string): Promise<WorkerRow> {
    return readWorker(this.#connected(), name);
  }

  async workerAttached(name: string): Promise<WorkerRow> {
    return this.#workerBecomes(name, true);
  }

  async workerDetached(name: string): Promise<WorkerRow> {
    return this.#workerBecomes(name, false);
  }

  /** Asks the master to shut a worker down once its builds are done, like the button of the web interface. */
  async shutDownWorker(name: string, reason: string): Promise<void> {
    const path = ["workers", name];
    await this.#connected().request("control", { action: "stop", arguments: { reason }, path });
  }

  /** The text of twistd.log, from the first start on. */
  log(): string {
    const file = join(this.#basedir, "twistd.log");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  /** The text of a file that a step wrote to the master's directory. */
  fileText(name: string): string {
    return readFileSync(join(this.#basedir, name), "utf8");
  }

  /** The password the description gives a worker. */
  passwordOf(worker: string): string {
    const found = this.#description.workers.find((one) => one.name === worker);
    if (found === undefined) throw new Error(`the master has no worker named ${worker}`);
    return found.password;
  }

  #workerBecomes(name: string, connected: boolean): Promise<WorkerRow> {
    return poll(
      `worker ${name} to ${connected ? "attach" : "detach"}`,
      async () => {
        const row = await this.worker(name);
        return row.connected === connected ? row : undefined;
      },
      { deadlineMs: ATTACH_DEADLINE_MS, logs: () => this.#logs() },
    );
  }

  #connected(): ControlLink {
    if (this.#link === undefined) throw new Error("the master was not started");
    return this.#link;
  }

  #logs(): Record<string, string> {
    return { "the master's twistd.log": this.log() };
  }

  #writeDescription(): void {
    const described = { settings: {}, ...this.#description, ports: this.#ports };
    writeFileSync(join(this.#basedir, "description.json"), JSON.stringify(described));
  }
}

function besideThisFile(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
