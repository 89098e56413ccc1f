// The rules of POSIX systems. Types of the rules: system-rule-set.ts.
import { constants } from "node:os";
import { posix } from "node:path";
import { belowHome, joinPosixPath } from "./posix-path.ts";
import { quotedForShell } from "./posix-quoting.ts";
import type { SystemRules } from "./system-rule-set.ts";

export const posixRules: SystemRules = {
  name: "posix",
  separator: "/",
  listSeparator: ":",
  lineEnd: "\n",
  joinPath: joinPosixPath,
  belowHome,
  isAbsolute: (path) => path.startsWith("/"),
  normalizePath: (path) => posix.normalize(path).replace(/(?<=.)\/$/s, ""),
  firstSeparator: (path, from) => path.indexOf("/", from),
  lastSeparator: (path, before = path.length) => (before <= 0 ? -1 : path.lastIndexOf("/", before - 1)),
  withoutEnd: (path) => path.replace(/(?<=[^/])\/+$/, ""),
  pathNames: (path) => path.split("/").filter((name) => name !== "" && name !== "."),
  sameName: (name) => name,
  variableName: (name) => name,
  homeVariable: "HOME",
  quotedCommand: quotedForShell,
  shellWords: (text) => ["/bin/sh", "-c", text],
  batchFile: () => undefined,
  takesText: false,
  killedCode: -1,
  treeWork: undefined,
  errorName: (code) => code,
  errorNumber: (name) => (constants.errno as Readonly<Record<string, number>>)[name],
  codecName: (name) => name,
  fileEncoding: undefined,
};
