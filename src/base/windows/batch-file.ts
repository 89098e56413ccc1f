// The batch file that runs a command, as Buildbot's worker writes it, so that PATHEXT, `%%i` and several lines work.
import { isAbsoluteOnWindows } from "./paths.ts";
import { quotedForBatch } from "./quoting.ts";

/** Undefined for a list that begins with the absolute path of an .exe: Windows can start that directly. */
export function batchFile(command: string | readonly string[]): string | undefined {
  if (typeof command !== "string" && isExecutable(command[0] ?? "")) return undefined;
  const text = typeof command === "string" ? command : quotedForBatch(command);
  return `@echo off\r\n${text.replaceAll(/\r?\n/g, "\r\n")}`;
}

function isExecutable(program: string): boolean {
  return /\.exe$/i.test(program) && isAbsoluteOnWindows(program);
}
