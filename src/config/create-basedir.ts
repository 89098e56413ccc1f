// Creates the base directory of a new worker and its files. Never overwrites existing files, and removes what it created if
// it fails.
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { baseErrors } from "../base/errors.ts";
import { systemReason } from "../base/system-error.ts";
import { writeWholeFile } from "../base/whole-file.ts";

export interface BasedirRequest {
  /** Absolute. */
  readonly basedir: string;
  readonly tacText: string;
  /** Called for each step. */
  readonly say: (line: string) => void;
}

/** For the file with the password. */
const SECRET_MODE = 0o600;

/** The initial files in `info`, the same as those of Buildbot's worker. */
export const infoFiles = [
  { name: "admin", text: "Your Name Here <admin@youraddress.invalid>\n" },
  { name: "host", text: "Please put a description of this build host here\n" },
] as const;

/** Throws ERR_BASEDIR if a file or directory cannot be created, after it has removed the others. */
export function createBasedir({ basedir, tacText, say }: BasedirRequest): void {
  const created = new CreatedPaths();
  try {
    makeBasedir(basedir, created, say);
    writeTac(join(basedir, "buildbot.tac"), { tacText, created, say });
    writeInfo(join(basedir, "info"), created, say);
  } catch (error) {
    created.removeAll();
    throw error;
  }
}

function makeBasedir(basedir: string, created: CreatedPaths, say: (line: string) => void): void {
  const kind = kindOf(basedir);
  if (kind === "directory") return say("updating existing installation");
  if (kind === "other") throw baseErrors.basedir(`could not write ${join(basedir, "buildbot.tac")}`, "Not a directory");
  say(`mkdir ${basedir}`);
  attempt(`error creating directory ${basedir}`, () => created.directory(basedir));
}

function writeTac(
  path: string,
  { tacText, created, say }: { tacText: string; created: CreatedPaths; say: (line: string) => void },
): void {
  if (kindOf(path) === "absent") {
    return attempt(`could not write ${path}`, () => created.file(path, tacText, SECRET_MODE));
  }
  const existing = attempt(`could not read ${path}`, () => readFileSync(path, "utf8"));
  if (existing === tacText) return say("buildbot.tac already exists and is correct");
  say("not touching existing buildbot.tac");
  say("creating buildbot.tac.new instead");
  // Replaces an older file together with its permissions.
  attempt(`could not write ${path}.new`, () => writeWholeFile(`${path}.new`, tacText, { mode: SECRET_MODE }));
}

function writeInfo(directory: string, created: CreatedPaths, say: (line: string) => void): void {
  if (kindOf(directory) === "absent") {
    say(`mkdir ${directory}`);
    attempt(`error creating directory ${directory}`, () => created.directory(directory));
  }
  for (const { name, text } of infoFiles) {
    const path = join(directory, name);
    if (kindOf(path) !== "absent") continue;
    say(`Creating info/${name}, you need to edit it appropriately.`);
    attempt(`could not write ${path}`, () => created.file(path, text));
  }
  if (kindOf(join(directory, "access_uri")) === "absent") say("Not creating info/access_uri - add it if you wish");
  if (created.has(join(directory, "host"))) say(`Please edit the files in ${directory} appropriately.`);
}

function kindOf(path: string): "absent" | "directory" | "other" {
  const found = statsOf(path, lstatSync);
  if (found === undefined) return "absent";
  // Links are followed. A dangling link counts as another file.
  return statsOf(path, statSync)?.isDirectory() ? "directory" : "other";
}

function statsOf(path: string, stat: (path: string) => Stats): Stats | undefined {
  try {
    return stat(path);
  } catch {
    return undefined; // missing, or no access, which its creation reports
  }
}

function attempt<Result>(what: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw baseErrors.basedir.from(error, what, systemReason(error));
  }
}

/** Files and directories that one call created, in order. */
class CreatedPaths {
  readonly #paths: { readonly path: string; readonly remove: (path: string) => void }[] = [];

  directory(path: string): void {
    mkdirSync(path);
    this.#paths.push({ path, remove: rmdirSync });
  }

  /** Throws if the file exists. */
  file(path: string, text: string, mode = 0o666): void {
    writeFileSync(path, "", { flag: "wx", mode });
    this.#paths.push({ path, remove: unlinkSync });
    writeFileSync(path, text);
  }

  has(path: string): boolean {
    return this.#paths.some((created) => created.path === path);
  }

  removeAll(): void {
    for (const { path, remove } of this.#paths.toReversed()) {
      try {
        remove(path);
      } catch {
        // Another program uses it. The first error is the one to report.
      }
    }
  }
}
