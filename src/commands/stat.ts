// stat: the ten numbers of a file's status; follows symbolic links.
import type { BigIntStats } from "node:fs";
import { stat as readStatus } from "node:fs/promises";
import { optionalText, requiredText } from "./arguments.ts";
import { fileCommand } from "./file-command.ts";
import { atPath } from "./held-path.ts";
import { joinPath } from "./paths.ts";

export const stat = fileCommand("stat", (args, { builderDirectory, rules }) => {
  const path = joinPath(builderDirectory, optionalText(args, "workdir") ?? "", requiredText(args, "file"));
  return {
    path,
    // Inode numbers may exceed the safe integers of JavaScript.
    act: async () => {
      const status = await atPath(rules, { path, use: "content" }, (at) => readStatus(at, { bigint: true }));
      return [{ key: "stat", stat: statusNumbers(status) }];
    },
  };
});

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
