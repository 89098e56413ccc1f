// Finds and reads a buildbot.tac: a Python program, of which a restricted form is understood without Python.
import { dirname, join } from "node:path";
import { configErrors } from "./errors.ts";
import { environmentSource, type OptionSource, type OwnOptions, ownOptions } from "./own-options.ts";
import {
  describeValue,
  libraryFunctions,
  parseProgram,
  pythonSource,
  run,
  SOURCE_LIMIT_CHARS,
  type Surroundings,
  text as textValue,
  type Value,
} from "./python/index.ts";
import { readRegularFile } from "./regular-file.ts";
import { recordTacCalls } from "./tac-calls.ts";
import { type TacSettings, tacSettings } from "./tac-settings.ts";

/** What every command looks for before it takes a directory for a worker's (worker life cycle, buildbot.tac). */
export const TAC_MARKER = "Application('buildbot-worker')";

export interface TacFile {
  /** Absolute when the directory is. */
  readonly path: string;
  readonly text: string;
}

/** The file, known to hold the marker of a worker. Throws a usage error that ends up behind `invalid worker directory`. */
export function readTacFile(directory: string): TacFile {
  const path = join(directory, "buildbot.tac");
  const reading = readRegularFile(path, SOURCE_LIMIT_CHARS);
  if (!reading.ok) {
    const isMissing = reading.reason === "No such file or directory";
    throw configErrors.tacUnreachable(path, reading.reason).withTrouble(isMissing ? "tac-missing" : undefined);
  }
  if (!reading.text.includes(TAC_MARKER)) throw configErrors.tacContent(path);
  return { path, text: reading.text };
}

export interface TacPlace extends Surroundings {
  /** Absolute path of the file: its `__file__`, and the name it has in errors. */
  readonly path: string;
}

/** What a buildbot.tac says. */
export interface Tac {
  readonly settings: TacSettings;
  /** What it says of our own options. */
  readonly own: OptionSource;
}

/**
 * What is said by the text of a buildbot.tac. Files the program opens are read. Throws one usage error for whatever is
 * wrong or only Python can do; its sentence never holds the password.
 */
export function readTac(text: string, place: TacPlace): Tac {
  if (!text.includes(TAC_MARKER)) throw configErrors.tacContent(place.path);
  const source = pythonSource(place.path, text);
  const recorder = recordTacCalls();
  const names = new Map<string, Value>([["__file__", textValue(place.path)]]);
  run(parseProgram(source), {
    source,
    names,
    functions: new Map([...libraryFunctions(place), ...recorder.functions]),
    marks: recorder.marks,
  });
  return { settings: tacSettings(recorder.calls(), place), own: ownVariables(place.path, names) };
}

/** What a worker is to be: its buildbot.tac together with the options that only Buildhand has. */
export interface TacConfig {
  /** Absolute path of the buildbot.tac. */
  readonly tacPath: string;
  readonly settings: TacSettings;
  readonly options: OwnOptions;
}

/**
 * Evaluates a buildbot.tac in this process's environment. `commandLine`, when there is one, wins over the environment, and
 * that over the file. Throws usage errors.
 */
export function readTacConfig({ path, text }: TacFile, commandLine?: OptionSource): TacConfig {
  const { env } = process;
  const { settings, own } = readTac(text, { path, directory: dirname(path), environment: env });
  const options = ownOptions([...(commandLine === undefined ? [] : [commandLine]), environmentSource(env), own]);
  return { tacPath: path, settings, options };
}

/** What the file assigns to the names of our own options. */
function ownVariables(path: string, names: ReadonlyMap<string, Value>): OptionSource {
  return {
    nameOf: (name) => `${name} in ${path}`,
    textOf(name) {
      const value = names.get(name);
      if (value === undefined || value.kind === "none") return undefined;
      if (value.kind === "bool") return value.value ? "yes" : "no";
      if (value.kind === "int" || value.kind === "float") return String(value.value);
      if (value.kind === "text") return value.value;
      throw configErrors.tacSetting(`${name} in ${path} must be a text or a number, got ${describeValue(value)}`);
    },
  };
}
