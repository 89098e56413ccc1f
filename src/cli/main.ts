// The command line: finds the subcommand, prints help and errors, gives the exit code.
import { errors, WorkerError } from "../base/errors.ts";
import { version } from "../base/version.ts";
import { optionsHelp } from "./help.ts";
import { type OptionRow, parseOptions } from "./option-parser.ts";
import { start, startOptions } from "./start.ts";

/** What a person did wrong, as with the real worker. */
const EXIT_USAGE = 1;
/** A bug of ours (EX_SOFTWARE). */
const EXIT_BUG = 70;

interface Subcommand {
  readonly arguments: string;
  readonly help: string;
  readonly options: readonly OptionRow[];
  /** Gives the exit code; throws usage errors. */
  readonly run: (argv: readonly string[]) => Promise<number>;
}

const subcommands: Readonly<Record<string, Subcommand>> = {
  start: {
    arguments: "[options] [BASEDIR]",
    help: "run the worker of a base directory (default: the current one)",
    options: startOptions,
    run: start,
  },
};

const helpOption: OptionRow = { name: "help", help: "show this help and exit" };
const globalOptions: readonly OptionRow[] = [helpOption, { name: "version", help: "show the version and exit" }];

/** Runs a command line (without the program's name) and resolves to the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    return await dispatch(argv);
  } catch (error) {
    if (error instanceof WorkerError && error.family === "usage") {
      console.log(error.message);
      return EXIT_USAGE;
    }
    console.error(error);
    return EXIT_BUG;
  }
}

async function dispatch(argv: readonly string[]): Promise<number> {
  const { flags, rest } = explained("", () => parseOptions(globalOptions, argv));
  const [name, ...args] = rest;
  if (flags.has("help")) return print(globalHelp());
  if (flags.has("version")) return print(`buildhand version: ${version}`);
  if (name === undefined) throw usageError("must specify a command", globalHelp());
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (subcommand === undefined) throw usageError(`Unknown command: ${name}`, globalHelp());
  const wantsHelp = explained(name, () => parseOptions([...subcommand.options, helpOption], args)).flags.has("help");
  if (wantsHelp) return print(subcommandHelp(name, subcommand));
  return subcommand.run(args);
}

/** Adds what the user should have written to what was wrong. */
function explained<Result>(name: string, parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    if (!errors.usage.is(error)) throw error;
    const subcommand = subcommands[name];
    throw usageError(error.message, subcommand === undefined ? globalHelp() : subcommandHelp(name, subcommand));
  }
}

function usageError(message: string, help: string): WorkerError {
  return errors.usage(`buildhand:  ${message}\n\n${help}`);
}

function globalHelp(): string {
  const commands = Object.entries(subcommands).map(([name, { help }]) => `  ${name}  ${help}`);
  return [
    "Usage: buildhand [options] COMMAND [options] [arguments]",
    `Commands:\n${commands.join("\n")}`,
    `Options:\n${optionsHelp(globalOptions)}`,
    "`buildhand COMMAND --help` tells more about a command.",
  ].join("\n\n");
}

function subcommandHelp(name: string, { arguments: usage, help, options }: Subcommand): string {
  return [`Usage: buildhand ${name} ${usage}`, `${help}.`, `Options:\n${optionsHelp([...options, helpOption])}`].join(
    "\n\n",
  );
}

function print(text: string): number {
  console.log(text);
  return 0;
}
