// What a shell command says about itself before it starts, as Buildbot's users know it
// (docs/protocol/buildbot-pb.md §7.2). Steps parse some of it.
import { pythonRepr, pythonStr } from "../../base/python-repr.ts";
import type { ShellArguments } from "./shell-arguments.ts";

/** The header lines in their order, each with its newline. */
export function headerLines(shell: ShellArguments, env: Readonly<Record<string, string>>): string[] {
  return [
    ...(shell.usePty ? ["WARNING: disabling usePTY for this command\n"] : []),
    ...(shell.logfiles.size > 0 ? ["WARNING: this worker does not watch log files yet\n"] : []),
    `${shell.shownCommand}\n`,
    ` in dir ${shell.workdir}${limitText("timeout", shell.timeoutSeconds)}${limitText("maxTime", shell.maxTimeSeconds)}\n`,
    ` watching logfiles ${pythonRepr(shell.logfiles)}\n`,
    ` argv: ${shell.shownArgv}\n`,
    ...(shell.logEnviron ? [" environment:\n", ...environmentLines(env)] : []),
    ...(shell.stdin !== undefined && shell.stdin.length > 0 ? [` writing ${shell.stdin.length} bytes to stdin\n`] : []),
    " using PTY: False\n",
  ];
}

function limitText(name: string, seconds: number | undefined): string {
  if (!seconds) return "";
  return ` (${name} ${pythonStr(seconds)} ${seconds === 1 ? "sec" : "secs"})`;
}

function environmentLines(env: Readonly<Record<string, string>>): string[] {
  return Object.keys(env)
    .sort(byCodePoint)
    .map((name) => `  ${name}=${env[name]}\n`);
}

/** Python sorts by code points, JavaScript by UTF-16 units: the same for all that environments are made of. */
function byCodePoint(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
