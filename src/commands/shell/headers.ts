// What a program is announced with before it starts, as Buildbot's users know it
// (docs/protocol/buildbot-pb.md §7.2). Steps parse some of it.
import { pythonRepr } from "../../base/python-repr.ts";
import type { SecondsLimit } from "../arguments.ts";
import type { Program } from "./program.ts";
import type { Terminal } from "./terminal.ts";

/** What stands in headers as the system is told it. */
interface Announced {
  readonly stdin: Buffer | undefined;
  /** All variables, as people may see them. */
  readonly env: Readonly<Record<string, string>>;
}

/** The header lines in their order, each with its newline. */
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
  // By UTF-16 units, where Python sorts by code points: the same for all that environments are made of.
  return Object.keys(env)
    .sort()
    .map((name) => `  ${name}=${env[name]}\n`);
}
