// The rules of Windows.
import { win32 } from "node:path";
import { posixRules, type SystemRules } from "../posix-rules.ts";
import { batchFile } from "./batch-file.ts";
import { type CodePages, codePageCodec } from "./code-pages.ts";
import {
  firstWindowsSeparator,
  isAbsoluteOnWindows,
  joinWindowsPath,
  lastWindowsSeparator,
  sameWindowsName,
  windowsPathNames,
  withoutWindowsEnd,
} from "./paths.ts";
import { quotedForBatch } from "./quoting.ts";
import { copyTree, removeTree } from "./tree-work.ts";

/** <errno.h> of the C runtime, where it differs from Linux. libuv's numbers (-4058 and so on) mean nothing to a master. */
const OWN_NUMBERS: Readonly<Record<string, number>> = { ENAMETOOLONG: 38, ENOTEMPTY: 41 };

/** `codePages` is called when an encoding is named after one. */
export function windowsRules(codePages: () => CodePages): SystemRules {
  return {
    name: "nt",
    separator: "\\",
    listSeparator: ";",
    lineEnd: "\r\n",
    joinPath: joinWindowsPath,
    belowHome: (home, rest) => withoutWindowsEnd(home) + rest,
    isAbsolute: isAbsoluteOnWindows,
    normalizePath: (path) => withoutWindowsEnd(win32.normalize(path)),
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
    // For both, Python reports the number of the C runtime.
    errorName: (code) => (code === "EPERM" || code === "EBUSY" ? "EACCES" : code),
    errorNumber: (name) => OWN_NUMBERS[name] ?? posixRules.errorNumber(name),
    codecName: (name) => codePageCodec(name, codePages()),
    fileEncoding: "utf-8",
  };
}
