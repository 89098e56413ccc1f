// The rules of Windows. Types of the rules: system-rule-set.ts.
import type { SystemRules } from "../system-rule-set.ts";
import { batchFile } from "./batch-file.ts";
import { type CodePages, codePageCodec } from "./code-pages.ts";
import { windowsErrorName, windowsErrorNumber } from "./errors.ts";
import {
  belowWindowsHome,
  firstWindowsSeparator,
  isAbsoluteOnWindows,
  joinWindowsPath,
  lastWindowsSeparator,
  normalizeWindowsPath,
  sameWindowsName,
  windowsPathNames,
  withoutWindowsEnd,
} from "./paths.ts";
import { quotedForBatch } from "./quoting.ts";
import { copyTree, removeTree } from "./tree-work.ts";

/** `codePages` is called when an encoding is named after one. */
export function windowsRules(codePages: () => CodePages): SystemRules {
  return {
    name: "nt",
    separator: "\\",
    listSeparator: ";",
    lineEnd: "\r\n",
    joinPath: joinWindowsPath,
    belowHome: belowWindowsHome,
    isAbsolute: isAbsoluteOnWindows,
    normalizePath: normalizeWindowsPath,
    firstSeparator: firstWindowsSeparator,
    lastSeparator: lastWindowsSeparator,
    withoutEnd: withoutWindowsEnd,
    pathNames: windowsPathNames,
    sameName: sameWindowsName,
    variableName: (name) => name.toUpperCase(),
    homeVariable: "USERPROFILE",
    quotedCommand: quotedForBatch,
    shellWords: (text) => ["cmd.exe", "/c", text],
    batchFile,
    takesText: true,
    killedCode: 1,
    treeWork: { remove: removeTree, copy: copyTree },
    errorName: windowsErrorName,
    errorNumber: windowsErrorNumber,
    codecName: (name) => codePageCodec(name, codePages()),
    fileEncoding: "utf-8",
  };
}
