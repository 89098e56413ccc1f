// A command line in this process, since to start the program takes longer than what most commands do. Not for a worker, a server
// or a build in the foreground: they close descriptors of the process, and change what belongs to all of it.
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, resolve } from "node:path";
import { format } from "node:util";
import { setFlagsFromString } from "node:v8";
import { vi } from "vitest";

export const PROGRAM = resolve("bin/buildhand.js");

const load = createRequire(import.meta.url);
/** As it was built. */
const { main } = load(resolve("dist/program/main.js")) as typeof import("../../src/cli/main.ts");

/** Not the tests' own, so that nothing depends on them. */
const ENVIRONMENT = { HOME: tmpdir(), LANG: "C.UTF-8", PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };

export interface CommandOptions {
  readonly cwd?: string;
  /** In addition to HOME, LANG and PATH. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly umask?: number;
}

export interface CommandResult {
  readonly code: number;
  readonly printed: string;
  readonly errors: string;
}

/** Runs a command to its end, as if this process were the program; one at a time. */
export async function commandLine(
  words: readonly string[],
  { cwd = process.cwd(), environment = {}, umask = 0o022 }: CommandOptions = {},
): Promise<CommandResult> {
  const text = { printed: "", errors: "" };
  const { argv, execArgv } = process;
  const [directory, variables] = [process.cwd(), { ...process.env }];
  process.chdir(cwd);
  const mask = process.umask(umask);
  Object.assign(process, { argv: [process.execPath, PROGRAM, ...words], execArgv: [] });
  setEnvironment({ ...ENVIRONMENT, ...environment });
  const lineOf =
    (stream: keyof typeof text) =>
    (...parts: readonly unknown[]) => {
      text[stream] += `${format(...parts)}\n`;
    };
  const spies = [
    vi.spyOn(console, "log").mockImplementation(lineOf("printed")),
    vi.spyOn(console, "error").mockImplementation(lineOf("errors")),
    vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
      text.printed += String(chunk);
      return true;
    }),
  ];
  try {
    const code = await main(words);
    return { code, ...text };
  } finally {
    for (const spy of spies) spy.mockRestore();
    setEnvironment(variables);
    process.chdir(directory);
    process.umask(mask);
    // A start tunes V8 for a worker.
    for (const flag of ["--opt", "--semi-space-growth-factor=2"]) setFlagsFromString(flag);
    Object.assign(process, { argv, execArgv });
  }
}

function setEnvironment(variables: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) if (!(name in variables)) delete process.env[name];
  Object.assign(process.env, variables);
}

/** The names of all commands, as the program lists them. */
export async function commandNames(): Promise<readonly string[]> {
  const { printed } = await commandLine(["--help"]);
  return [...printed.matchAll(/^ {2}([a-z-]+(?: [a-z]+)?) {2,}\S/gm)].map(([, name = ""]) => name);
}
