// Makes the base directory of a new worker and what belongs into it. Never overwrites what an admin may have written, and
// takes back what it made when it cannot finish.
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { baseErrors } from "../base/errors.ts";
import { systemReason } from "../base/system-error.ts";

export interface BasedirRequest {
  /** Absolute. */
  readonly basedir: string;
  readonly tacText: string;
  /** Told each step as it is done. */
  readonly say: (line: string) => void;
}

/** The file with the password: for its owner alone. */
const SECRET_MODE = 0o600;

/** What a new worker's files in `info` hold until somebody writes them; those of Buildbot's worker hold the same. */
export const infoFiles = [
  { name: "admin", text: "Your Name Here <admin@youraddress.invalid>\n" },
  { name: "host", text: "Please put a description of this build host here\n" },
] as const;

/** Throws ERR_BASEDIR when something cannot be made; what this call had made is gone again then. */
export function createBasedir({ basedir, tacText, say }: BasedirRequest): void {
  const made = new Made();
  try {
    makeBasedir(basedir, made, say);
    writeTac(join(basedir, "buildbot.tac"), { tacText, made, say });
    writeInfo(join(basedir, "info"), made, say);
  } catch (error) {
    made.takeBack();
    throw error;
  }
}

function makeBasedir(basedir: string, made: Made, say: (line: string) => void): void {
  const kind = kindOf(basedir);
  if (kind === "directory") return say("updating existing installation");
  if (kind === "other") throw baseErrors.basedir(`could not write ${join(basedir, "buildbot.tac")}`, "Not a directory");
  say(`mkdir ${basedir}`);
  attempt(`error creating directory ${basedir}`, () => made.directory(basedir));
}

function writeTac(
  path: string,
  { tacText, made, say }: { tacText: string; made: Made; say: (line: string) => void },
): void {
  if (kindOf(path) === "absent") {
    return attempt(`could not write ${path}`, () => made.file(path, tacText, SECRET_MODE));
  }
  const existing = attempt(`could not read ${path}`, () => readFileSync(path, "utf8"));
  if (existing === tacText) return say("buildbot.tac already exists and is correct");
  say("not touching existing buildbot.tac");
  say("creating buildbot.tac.new instead");
  attempt(`could not write ${path}.new`, () => {
    // An older one, whatever it is and whoever may read it, is replaced by a whole new one.
    const draft = `${path}.new.${process.pid}`;
    made.file(draft, tacText, SECRET_MODE);
    renameSync(draft, `${path}.new`);
  });
}

function writeInfo(directory: string, made: Made, say: (line: string) => void): void {
  if (kindOf(directory) === "absent") {
    say(`mkdir ${directory}`);
    attempt(`error creating directory ${directory}`, () => made.directory(directory));
  }
  for (const { name, text } of infoFiles) {
    const path = join(directory, name);
    if (kindOf(path) !== "absent") continue;
    say(`Creating info/${name}, you need to edit it appropriately.`);
    attempt(`could not write ${path}`, () => made.file(path, text));
  }
  if (kindOf(join(directory, "access_uri")) === "absent") say("Not creating info/access_uri - add it if you wish");
  if (made.has(join(directory, "host"))) say(`Please edit the files in ${directory} appropriately.`);
}

function kindOf(path: string): "absent" | "directory" | "other" {
  const found = statsOf(path, lstatSync);
  if (found === undefined) return "absent";
  // A link to a directory, or to a file, is as good as what it points to; a dangling one is in the way.
  return statsOf(path, statSync)?.isDirectory() ? "directory" : "other";
}

function statsOf(path: string, look: (path: string) => Stats): Stats | undefined {
  try {
    return look(path);
  } catch {
    return undefined; // nothing of that name, or nothing that we may see: making it will tell
  }
}

function attempt<Result>(what: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw baseErrors.basedir.from(error, what, systemReason(error));
  }
}

/** What one call made, in order. */
class Made {
  readonly #paths: { readonly path: string; readonly remove: (path: string) => void }[] = [];

  directory(path: string): void {
    mkdirSync(path);
    this.#paths.push({ path, remove: rmdirSync });
  }

  /** Refuses to overwrite. */
  file(path: string, text: string, mode = 0o666): void {
    writeFileSync(path, "", { flag: "wx", mode });
    this.#paths.push({ path, remove: unlinkSync });
    writeFileSync(path, text);
  }

  has(path: string): boolean {
    return this.#paths.some((made) => made.path === path);
  }

  takeBack(): void {
    for (const { path, remove } of this.#paths.toReversed()) {
      try {
        remove(path);
      } catch {
        // Somebody uses it by now, and the error that led here is the one to tell.
      }
    }
  }
}
