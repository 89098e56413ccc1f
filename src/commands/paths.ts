// Joins and expands the paths of commands as masters expect, without normalising them, so that `..` after a symbolic link
// keeps its meaning, and messages show the master's path.
import { readFileSync } from "node:fs";
import { type UserInfo, userInfo } from "node:os";
import { systemRules } from "../base/system-rules.ts";

export interface TransferPath {
  /** Absolute. */
  readonly builderDirectory: string;
  readonly workdir: string;
  /** A leading `~` or `~user` stands for a home directory. */
  readonly name: string;
  /** The HOME of the worker's environment. */
  readonly home: string | undefined;
}

/** As Python's `os.path.join` on this system. */
export function joinPath(...parts: readonly string[]): string {
  return systemRules.joinPath(...parts);
}

/** The worker's end of a transfer (buildbot-pb.md §8). */
export function resolveTransferPath({ builderDirectory, workdir, name, home }: TransferPath): string {
  return joinPath(builderDirectory, workdir, expandHome(name, home));
}

/** `~` becomes `home` or else the user's home, `~user` that user's home; unknown users are left unchanged. */
export function expandHome(name: string, home: string | undefined): string {
  if (!name.startsWith("~")) return name;
  const slash = systemRules.firstSeparator(name);
  const user = name.slice(1, slash < 0 ? undefined : slash);
  const directory = user === "" ? (home ?? homeOfSelf()) : homeOfUser(user);
  if (directory === undefined) return name;
  return systemRules.belowHome(directory, slash < 0 ? "" : name.slice(slash));
}

function homeOfUser(user: string): string | undefined {
  const self = selfOrUndefined();
  return self?.username === user ? self.homedir : homeInPasswd(user);
}

function homeOfSelf(): string | undefined {
  return selfOrUndefined()?.homedir;
}

function selfOrUndefined(): UserInfo<string> | undefined {
  try {
    return userInfo({ encoding: "utf8" });
  } catch {
    return undefined; // in a container, the user may not be in any database
  }
}

/** Node can look up only its own user. */
function homeInPasswd(user: string): string | undefined {
  let passwd: string;
  try {
    passwd = readFileSync("/etc/passwd", "utf8");
  } catch {
    return undefined; // without it no user is known
  }
  const fields = passwd
    .split("\n")
    .map((line) => line.split(":"))
    .find(([name]) => name === user);
  return fields?.[5];
}
