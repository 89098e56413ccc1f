// How this program is called again.

/** The program and the arguments in front of a subcommand. */
export function ownProgram(): readonly string[] {
  return [process.execPath, ...process.execArgv, process.argv[1] ?? ""];
}
