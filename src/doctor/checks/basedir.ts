// Checks the base directory: existence, owner and permissions; or the parent directory of one that is not yet created.
import { accessSync, constants, lstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorCode } from "../../base/error-code.ts";
import { systemReason } from "../../base/system-error.ts";
import { systemRules } from "../../base/system-rules.ts";
import { type Remark, statementsOf } from "../statement.ts";
import type { Subject } from "../subject.ts";

const { fine, note, finding } = statementsOf("basedir");

const OTHERS_WRITE = 0o002;
/** Users can delete only their own files, as in /tmp. */
const STICKY = 0o1000;
/** Limit of directories that are named. */
const SHOWN_LIMIT = 8;

export interface BasedirFacts {
  readonly path: string;
  readonly userId: number;
  readonly kind: "directory" | "absent" | "something else";
  /** Why this account has no full access; undefined if it has. */
  readonly refused: string | undefined;
  readonly ownerId: number;
  /** As in `stat`. */
  readonly mode: number;
  /** Names of its directories, except `info` and those that contain the base directory of a worker. */
  readonly directories: readonly string[];
}

export async function checkBasedir({ basedir, isPlanned, workerBasedirs }: Subject): Promise<readonly Remark[]> {
  const facts = basedirFacts(basedir);
  const isWorkers = (name: string) => workerBasedirs.some((path) => `${path}/`.startsWith(`${join(basedir, name)}/`));
  const directories = facts.directories.filter((name) => !isWorkers(name));
  return isPlanned && facts.kind === "absent"
    ? judgeParent(basedirFacts(dirname(basedir)))
    : judgeBasedir({ ...facts, directories });
}

/** Whether this account has access to the directory. */
export function isReachable(path: string): boolean {
  const { kind, refused } = basedirFacts(path);
  return kind === "directory" && refused === undefined;
}

function basedirFacts(path: string): BasedirFacts {
  const nothing = { path, userId: process.geteuid?.() ?? -1, ownerId: -1, mode: 0, directories: [] };
  try {
    const stats = statSync(path);
    const facts = { ...nothing, ownerId: stats.uid, mode: stats.mode };
    if (!stats.isDirectory()) return { ...facts, kind: "something else", refused: undefined };
    const refused = accessProblem(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return { ...facts, kind: "directory", refused, directories: refused === undefined ? directoriesIn(path) : [] };
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return { ...nothing, kind: "absent", refused: undefined };
    return { ...nothing, kind: "directory", refused: systemReason(error) };
  }
}

export function judgeBasedir(facts: BasedirFacts): readonly Remark[] {
  const { path, kind, refused, ownerId, userId, mode, directories } = facts;
  if (kind === "absent") return [finding("basedir-missing", `${path} does not exist`)];
  if (kind === "something else") return [finding("basedir-missing", `${path} is not a directory`)];
  if (refused !== undefined) return [finding("basedir-unusable", `${path}: ${refused} for uid ${userId}`)];
  if (systemRules.name === "nt") return [fine(`${path} exists`), ...directoriesText(directories)];
  const owner =
    ownerId === userId
      ? fine(`${path} belongs to this account`)
      : finding("basedir-owner", `${path} belongs to uid ${ownerId}, and this is uid ${userId}`);
  const isOpen = (mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0;
  const access = `its permissions are ${(mode & 0o7777).toString(8).padStart(4, "0")}`;
  return [owner, isOpen ? finding("basedir-open", access) : fine(access), ...directoriesText(directories)];
}

/** Checks the parent of a new base directory. */
export function judgeParent({ path, kind, refused, userId }: BasedirFacts): readonly Remark[] {
  if (kind === "absent") return [finding("basedir-not-made", `its parent directory ${path} does not exist`)];
  if (kind === "something else") return [finding("basedir-not-made", `${path} is not a directory`)];
  if (refused !== undefined) return [finding("basedir-not-made", `${path}: ${refused} for uid ${userId}`)];
  return [fine(`it can be created in ${path}`)];
}

function directoriesText(names: readonly string[]): readonly Remark[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, SHOWN_LIMIT).join(", ");
  const more = names.length > SHOWN_LIMIT ? ` and ${names.length - SHOWN_LIMIT} more` : "";
  return [note(`it contains the directories ${shown}${more}: those of no builder can be deleted`)];
}

/** Why this account does not have that access (as for `access`); undefined if it has. */
export function accessProblem(path: string, access: number): string | undefined {
  try {
    accessSync(path, access);
    return undefined;
  } catch (error) {
    return systemReason(error);
  }
}

function directoriesIn(path: string): readonly string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    return names.filter((name) => name !== "info" && !name.startsWith(".")).sort();
  } catch {
    return []; // it was removed at this moment
  }
}

/** Undefined if the file does not exist or cannot be accessed. */
export function fileStats(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
