// The built program as a worker under faults: its log from a moment on, and what its process holds.
import { existsSync, readdirSync, readFileSync, readlinkSync, renameSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Installation, makeBasedir, type WorkerProgram } from "../daemon/worker-program.ts";
import { poll } from "../support/poll.ts";
import { type Census, takeCensus } from "./census.ts";

/** In seconds; a frozen master is noticed within their sum. */
export const KEEPALIVE = 1;
export const KEEPALIVE_DEADLINE = 1;
const MAX_DELAY = 1;

/** Variables of a buildbot.tac whose connection_string says it all. */
export const NO_HOST = { buildmaster_host: "None", port: "None" };

/** At which Node.js writes a heap snapshot; workers have no use for it. */
const SNAPSHOT_SIGNAL = "SIGPROF";

/** What a loaded machine may take for anything. */
const PATIENCE_MS = 30_000;

export interface WatchedWorkerOptions {
  readonly port: number;
  /** Compiled; loaded before the program. */
  readonly census: string;
  /** Variables of buildbot.tac as Python literals. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Before the program itself. */
  readonly under?: readonly string[];
}

export class WatchedWorker {
  readonly program: WorkerProgram;
  readonly basedir: string;
  readonly #censusPlace: string;

  constructor(installation: Installation, { port, census, variables, under = [] }: WatchedWorkerOptions) {
    const patience = {
      keepalive: `${KEEPALIVE}`,
      keepalive_deadline: `${KEEPALIVE_DEADLINE}`,
      maxdelay: `${MAX_DELAY}`,
    };
    this.basedir = makeBasedir(installation.newPath(), { port, variables: { ...patience, ...variables } });
    this.#censusPlace = join(this.basedir, "census.json");
    this.program = installation.start(["start", "--nodaemon", this.basedir], {
      under,
      environment: {
        BUILDHAND_CENSUS: this.#censusPlace,
        NODE_OPTIONS: `--import=${pathToFileURL(census).href} --heapsnapshot-signal=${SNAPSHOT_SIGNAL}`,
      },
    });
  }

  /** The place in the log that waits begin at. */
  get logEnd(): number {
    return this.#log().length;
  }

  /** The lines of the log from that place on, without their times. */
  linesSince(place: number): readonly string[] {
    const lines = this.#log().slice(place).split("\n");
    return lines.map((line) => line.replace(/^\S+ \S+ \[[^\]]*\] /, ""));
  }

  /** Resolves to the first line of the log behind that place that matches, without its time; waits that much longer. */
  async says(pattern: RegExp, since: number, withinMs = 0): Promise<string> {
    const { child } = this.program;
    const find = () => this.linesSince(since).find((line) => pattern.test(line));
    try {
      return await poll(
        String(pattern),
        () => {
          const line = find();
          if (line === undefined && child.exitCode !== null) throw new Error(`the worker ended with ${child.exitCode}`);
          return line;
        },
        { deadlineMs: PATIENCE_MS + withinMs },
      );
    } catch (error) {
      const { complained } = this.program;
      throw new Error(`${String(error)}; the log:\n${this.linesSince(since).join("\n")}\n${complained}`, {
        cause: error,
      });
    }
  }

  census(): Promise<Census> {
    return takeCensus((signal) => void this.program.child.kill(signal), this.#censusPlace);
  }

  /** Resolves to the path of a new one, which takes the place of the one before. */
  async heapSnapshot(): Promise<string> {
    const { child } = this.program;
    const find = () => readdirSync(directory).find((name) => name.endsWith(".heapsnapshot"));
    const directory = readlinkSync(`/proc/${child.pid}/cwd`);
    const path = join(this.basedir, "heap.json");
    child.kill(SNAPSHOT_SIGNAL);
    const written = await poll("a heap snapshot", find);
    await this.census(); // not before it has written all of it
    renameSync(join(directory, written), path);
    return path;
  }

  async end(): Promise<void> {
    this.program.child.kill("SIGTERM");
    await this.program.ended;
  }

  #log(): string {
    const path = join(this.basedir, "twistd.log");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }
}

/** What stays the same from run to run, of garbage the beginning. */
export function timeless(line: string): string {
  return line
    .replaceAll(/(?<=[a-z\d]:)\d{4,5}\b/g, "PORT")
    .replaceAll(/10\.2[1-4]\d\.\d+\.\d+/g, "10.213.x.x")
    .replaceAll(/((?:\\u00ff|\u00ff){4})(?:\\u00ff|\u00ff)+/g, "$1…");
}
