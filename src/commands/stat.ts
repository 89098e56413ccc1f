// stat: the ten numbers that the system keeps of a file, or of what a symbolic link leads to.
import type { BigIntStats } from "node:fs";
import { stat as readStatus } from "node:fs/promises";
import { optionalText, requiredText } from "./arguments.ts";
import { fileCommand } from "./file-command.ts";
import { filePath } from "./file-paths.ts";
import { joinPath } from "./paths.ts";

export const stat = fileCommand("stat", (args, { builderDirectory, rules }) => {
  const path = joinPath(builderDirectory, optionalText(args, "workdir") ?? "", requiredText(args, "file"));
  return {
    path,
    // Inode numbers may exceed what a number of JavaScript holds.
    act: async () => [
      { key: "stat", stat: statusNumbers(await readStatus(filePath(path, rules.fileEncoding), { bigint: true })) },
    ],
  };
});

const NS_PER_SECOND = 1_000_000_000n;

function statusNumbers(status: BigIntStats): (number | bigint)[] {
  const { mode, ino, dev, nlink, uid, gid, size, atimeNs, mtimeNs, ctimeNs } = status;
  const seconds = [atimeNs, mtimeNs, ctimeNs].map(wholeSeconds);
  return [mode, ino, dev, nlink, uid, gid, size, ...seconds].map(plainInteger);
}

/** Rounded towards the past, like the system's own count of seconds. */
function wholeSeconds(ns: bigint): bigint {
  const seconds = ns / NS_PER_SECOND;
  return seconds * NS_PER_SECOND > ns ? seconds - 1n : seconds;
}

function plainInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
