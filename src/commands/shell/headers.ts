// The headers before a program starts, as in Buildbot (buildbot-pb.md §7.2). Steps parse some of them.
import { pythonRepr } from "../../base/python-repr.ts";
import type { SecondsLimit } from "../arguments.ts";
import type { Program } from "./program.ts";
import type { Terminal } from "./terminal.ts";

/** Values as passed to the system. */
interface Announced {
  readonly stdin: Buffer | undefined;
  /** All variables, decoded for people. */
  readonly env: Readonly<Record<string, string>>;
}

/** The header lines in order, each with its newline. */
export function headerLines(
  program: Omit<Program, "stdin" | "env"> & Announced,
  { isPty, warning }: Omit<Terminal, "source">,
): string[] {
  return [
    ...(warning === undefined ? [] : [`${warning}\n`]),
    `${program.shownCommand}\n`,
    ` in dir ${program.workdir}${limitText("timeout", program.timeout)}${limitText("maxTime", program.maxTime)}\n`,
    ` watching logfiles ${pythonRepr(program.logfiles)}\n`,
    ` argv: ${program.shownArgv}\n`,
    ...(program.logEnviron ? [" environment:\n", ...environmentLines(program.env)] : []),
    ...(program.stdin !== undefined && program.stdin.length > 0
      ? [` writing ${program.stdin.length} bytes to stdin\n`]
      : []),
    ` using PTY: ${isPty ? "True" : "False"}\n`,
  ];
}

function limitText(name: string, limit: SecondsLimit | undefined): string {
  if (limit === undefined) return "";
  return ` (${name} ${limit.shown} ${limit.seconds === 1 ? "sec" : "secs"})`;
}

function environmentLines(env: Readonly<Record<string, string>>): string[] {
  // By UTF-16 units, unlike Python, which sorts by code points; that makes no difference for usual names.
  return Object.keys(env)
    .sort()
    .map((name) => `  ${name}=${env[name]}\n`);
}
