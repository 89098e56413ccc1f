// What a test says about the master it wants, as plain JSON; master_cfg.py turns it into Buildbot's objects.

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A Python expression, evaluated in the master's configuration with `steps`, `util` and `worker` at hand. */
export type PythonExpression = { readonly $python: string };

/** The name of a class of `buildbot.steps` or of raw_commands.py, and the keyword arguments to make one. */
export type StepDescription =
  | { readonly type: string; readonly args?: { readonly [name: string]: Json } }
  | PythonExpression;

interface WorkerDescription {
  readonly name: string;
  readonly password: string;
  /** More keyword arguments of the master's `Worker`. */
  readonly args?: { readonly [name: string]: Json };
}

export interface BuilderDescription {
  readonly name: string;
  /** Names of the workers it may run on. */
  readonly workers: readonly string[];
  readonly steps: readonly StepDescription[];
  /** More keyword arguments of `BuilderConfig`, such as `workerbuilddir` or `env`. */
  readonly args?: { readonly [name: string]: Json };
}

export interface MasterDescription {
  readonly workers: readonly WorkerDescription[];
  readonly builders: readonly BuilderDescription[];
  /** Endpoint string of the port for PB, with PORT in the place of its number; default: plain TCP. */
  readonly pbPort?: string;
  /** PEM file of the authority that must have signed the certificates of workers; for an `ssl:` port. */
  readonly workerAuthority?: string;
  /** Further entries of the configuration dictionary, such as `logMaxSize`. */
  readonly settings?: { readonly [name: string]: Json };
}

/** Stands for the value of a Python expression anywhere in a description: as a step or as an argument. */
export function python(expression: string): PythonExpression {
  return { $python: expression };
}

/** The step most tests need: a command, as text for the shell or as a list of arguments, with any further arguments of `ShellCommand`. */
export function shell(name: string, command: Json, args: { readonly [name: string]: Json } = {}): StepDescription {
  return { type: "ShellCommand", args: { name, command, ...args } };
}
