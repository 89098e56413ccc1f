// stat: the ten numbers of a file's status; follows symbolic links.
import { type BigIntStats, lstatSync } from "node:fs";
import { stat as readStatus } from "node:fs/promises";
import { dirname } from "node:path";
import { optionalText, requiredText } from "./arguments.ts";
import { fileCommand } from "./file-command.ts";
import { atPath } from "./held-path.ts";
import { isNear } from "./near-trees.ts";
import { joinPath } from "./paths.ts";

export const stat = fileCommand("stat", (args, { builderDirectory, rules }) => {
  const path = joinPath(builderDirectory, optionalText(args, "workdir") ?? "", requiredText(args, "file"));
  return {
    path,
    // Inode numbers may exceed the safe integers of JavaScript.
    act: async () => {
      const status = await atPath(rules, { path, use: "content" }, (at) => statusOf(at, path));
      return [{ key: "stat", stat: statusNumbers(status) }];
    },
  };
});

/** `path` is the text of `at` unless that is a descriptor. */
async function statusOf(at: string | Buffer, path: string): Promise<BigIntStats> {
  // With a separator at the end, or as `..`, it may lead elsewhere.
  if (at === path && !/(?:\/|\/\.\.?)$/.test(path) && (await isNear(dirname(path)))) {
    const status = lstatSync(at, { bigint: true });
    if (!status.isSymbolicLink()) return status;
  }
  return readStatus(at, { bigint: true });
}

const NS_PER_SECOND = 1_000_000_000n;

function statusNumbers(status: BigIntStats): (number | bigint)[] {
  const { mode, ino, dev, nlink, uid, gid, size, atimeNs, mtimeNs, ctimeNs } = status;
  const seconds = [atimeNs, mtimeNs, ctimeNs].map(wholeSeconds);
  return [mode, ino, dev, nlink, uid, gid, size, ...seconds].map(plainInteger);
}

/** Rounded down, like the system's own seconds. */
function wholeSeconds(ns: bigint): bigint {
  const seconds = ns / NS_PER_SECOND;
  return seconds * NS_PER_SECOND > ns ? seconds - 1n : seconds;
}

function plainInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
