// The command line: finds the subcommand, prints help and errors, returns the exit code.
import { basename } from "node:path";
import { advice, baseErrors, WorkerError } from "../base/errors.ts";
import { didYouMean } from "../base/near-name.ts";
import { isWindows } from "../base/platform.ts";
import { systemReason } from "../base/system-error.ts";
import { version } from "../base/version.ts";
import { EXIT_BUG, EXIT_USAGE } from "../daemon/index.ts";
import { loadProcessSupport } from "../process/tree/index.ts";
import { optionsHelp } from "./help.ts";
import { parseOptions } from "./option-parser.ts";
import { globalOptions, helpOptions, type Subcommand, subcommands } from "./subcommands.ts";

/** Runs a command line (without the program's name) and resolves to the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    return await dispatch(argv);
  } catch (thrown) {
    const error = withCurrentDirectory(thrown);
    if (error instanceof WorkerError && error.family === "usage") {
      console.log(error.message);
      // On standard error: standard output has the lines of the real worker, which scripts read.
      const line = advice(error);
      if (line !== undefined) console.error(line);
      return error.exitCode ?? EXIT_USAGE;
    }
    console.error(error);
    return EXIT_BUG;
  }
}

/** A relative path cannot be resolved in a directory that was removed. */
function withCurrentDirectory(thrown: unknown): unknown {
  if (!(thrown instanceof Error && "syscall" in thrown && thrown.syscall === "uv_cwd")) return thrown;
  const reason = systemReason(thrown);
  return baseErrors.usage(
    `${programName()}:  the current directory cannot be used: ${reason}; change to one that exists`,
  );
}

async function dispatch(argv: readonly string[]): Promise<number> {
  const { flags, rest } = await withHelp(globalHelp, () => parseOptions(globalOptions, argv));
  const [name, ...args] = rest;
  if (flags.has("help")) return print(globalHelp());
  if (flags.has("version")) return print(versions());
  if (isWindows) (await import("./windows.ts")).useWindows();
  else await loadProcessSupport();
  if (name === undefined) throw usageError("must specify a command", globalHelp());
  const [subcommand, words] = await withHelp(globalHelp, () => findSubcommand(name, args));
  return withHelp(
    () => subcommandHelp(subcommand),
    () => runSubcommand(subcommand, words),
  );
}

/** Names have one or two words. Also returns the remaining arguments. */
function findSubcommand(name: string, args: readonly string[]): readonly [Subcommand, readonly string[]] {
  const [second = "", ...rest] = args;
  const single = subcommands.find((candidate) => candidate.name === name);
  if (single !== undefined) return [single, args];
  const double = subcommands.find((candidate) => candidate.name === `${name} ${second}`);
  if (double !== undefined) return [double, rest];
  if (membersOf(name).length > 0) return [groupOf(name), args];
  const words = subcommands.map((candidate) => candidate.name.replace(/ .*/, ""));
  throw baseErrors.usage(`Unknown command: ${name}${didYouMean(name, words)}`);
}

function membersOf(group: string): readonly Subcommand[] {
  return subcommands.filter(({ name }) => name.startsWith(`${group} `));
}

/** The first of two words alone: it has help and does nothing. */
function groupOf(group: string): Subcommand {
  const names = membersOf(group).map(({ name }) => name);
  return {
    name: group,
    arguments: "COMMAND [options] [arguments]",
    help: "",
    options: [],
    async run({ rest: [word] }) {
      if (word === undefined) throw baseErrors.usage(`expected one of the commands ${names.join(", ")}`);
      const name = `${group} ${word}`;
      throw baseErrors.usage(`Unknown command: ${name}${didYouMean(name, names)}`);
    },
  };
}

function runSubcommand(subcommand: Subcommand, args: readonly string[]): number | Promise<number> {
  const options = parseOptions([...subcommand.options, ...helpOptions], args);
  if (options.flags.has("help")) return print(subcommandHelp(subcommand));
  if (options.flags.has("version")) return print(versions());
  return subcommand.run(options, helpOf);
}

/** Adds the help text to usage errors. */
async function withHelp<Result>(help: () => string, act: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    if (!baseErrors.usage.is(error)) throw error;
    throw usageError(error.message, help()).withTrouble(error.trouble);
  }
}

function usageError(message: string, help: string): WorkerError {
  // The error comes last, where it is visible after long help.
  return baseErrors.usage(`${help}\n\n${programName()}:  ${message}`);
}

/** The name this program was called by: `buildhand`, or `buildbot-worker` through a link of that name. */
function programName(): string {
  const name = basename(process.argv[1] ?? "").replace(/\.js$/, "");
  return name === "buildbot-worker" ? name : "buildhand";
}

function versions(): string {
  return `worker version: ${version}\nNode.js version: ${process.versions.node}`;
}

function globalHelp(): string {
  return [
    `Usage: ${programName()} [options] COMMAND [options] [arguments]`,
    commandsHelp(subcommands),
    `Options:\n${optionsHelp(globalOptions)}`,
    `\`${programName()} COMMAND --help\` shows the help of a command.`,
  ].join("\n\n");
}

function commandsHelp(commands: readonly Subcommand[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return `Commands:\n${commands.map(({ name, help }) => `  ${name.padEnd(width)}  ${help}`).join("\n")}`;
}

function subcommandHelp({ name, arguments: usage, help, options }: Subcommand): string {
  const members = membersOf(name);
  return [
    `Usage: ${programName()} ${name} ${usage}`,
    members.length > 0 ? commandsHelp(members) : `${help}.`,
    `Options:\n${optionsHelp([...options, ...helpOptions])}`,
  ].join("\n\n");
}

function helpOf([name, ...args]: readonly string[]): string {
  if (name === undefined) return globalHelp();
  const [subcommand, rest] = findSubcommand(name, args);
  if (rest.length > 0) throw baseErrors.usage(`Unknown command: ${[name, ...args].join(" ")}`);
  return subcommandHelp(subcommand);
}

function print(text: string): number {
  console.log(text);
  return 0;
}
