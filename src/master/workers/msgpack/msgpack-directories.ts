// The builders' directories on a MessagePack worker: the master creates them with commands that have no builder, as
// Buildbot does (buildbot-msgpack.md §3).
import type { CommandUpdate } from "../../../base/command-update.ts";
import { masterErrors } from "../../errors.ts";
import type { CommandArgument, CommandRequest, RemoteCommand } from "../../worker-link.ts";
import { joinOn, type WorkerPlace } from "./msgpack-paths.ts";

/** Limit of entries of a base directory that are checked for removal. */
const MAX_LEFTOVERS = 1000;
/** The file type in a mode, and its value for a directory. */
const KIND_MASK = 0o170000;
const DIRECTORY = 0o040000;

export interface BaseDirectoryOptions {
  readonly path: string;
  readonly place: WorkerPlace;
  readonly deletesLeftovers: boolean;
  /** Starts a command without a builder. */
  readonly run: (request: Omit<CommandRequest, "builder">) => RemoteCommand;
}

interface Report {
  files?: readonly string[];
  stat?: readonly (number | bigint)[];
  /** The last header, which explains a failure. */
  header: string;
}

export class BaseDirectory {
  readonly #options: BaseDirectoryOptions;

  constructor(options: BaseDirectoryOptions) {
    this.#options = options;
  }

  /** Creates the missing directories, and removes others if the worker requests that. Rejects with ERR_NOT_TAKEN. */
  async prepare(wanted: readonly string[]): Promise<void> {
    const { path, deletesLeftovers } = this.#options;
    const { files } = await this.#run("listdir", { path });
    if (files === undefined) throw masterErrors.notTaken("did not list its base directory", path);
    const kept = new Set([...wanted, "info"]);
    if (deletesLeftovers) await this.#removeLeftovers(files.filter((name) => !kept.has(name)));
    const missing = [...kept].filter((name) => !files.includes(name)).sort();
    if (missing.length > 0) await this.#run("mkdir", { paths: missing.map((name) => this.#at(name)) });
  }

  async #removeLeftovers(names: readonly string[]): Promise<void> {
    const paths: string[] = [];
    for (const name of names.slice(0, MAX_LEFTOVERS)) {
      const { stat } = await this.#run("stat", { path: this.#at(name) });
      if ((Number(stat?.[0] ?? 0) & KIND_MASK) === DIRECTORY) paths.push(this.#at(name));
    }
    if (paths.length > 0) await this.#run("rmdir", { paths, timeout: 120, maxTime: null, logEnviron: false });
  }

  #at(name: string): string {
    return joinOn(this.#options.place, this.#options.path, name);
  }

  async #run(name: string, args: Readonly<Record<string, CommandArgument>>): Promise<Report> {
    const report: Report = { header: "" };
    const onUpdate = (update: CommandUpdate) => {
      if (update.key === "files") report.files = update.files;
      if (update.key === "stat") report.stat = update.stat;
      if (update.key === "header") report.header = Buffer.from(update.text).toString("utf8").trim();
    };
    const end = await this.#options.run({ name, args: new Map(Object.entries(args)), onUpdate }).ended;
    if (end.type === "completed" && end.rc === 0) return report;
    const reason = end.type === "completed" ? report.header || `rc ${end.rc ?? "missing"}` : end.reason;
    throw masterErrors.notTaken(`failed at ${name}`, reason);
  }
}
