// Finds and reads a buildbot.tac: a Python program, of which a restricted form is understood without Python.
import { dirname, join } from "node:path";
import { configErrors } from "./errors.ts";
import {
  environmentSource,
  type OptionSource,
  type OwnOptionName,
  type OwnOptions,
  ownOptionNames,
  ownOptions,
} from "./own-options.ts";
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
import { type TacLines, type TacLog, type TacSettings, tacLines, tacLog, tacSettings } from "./tac-settings.ts";

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

/** What a buildbot.tac does to the process that runs its workers. The reader computes it; whoever runs them applies it. */
export interface ProcessEffects {
  /** Variables that the file sets, or (undefined) deletes. */
  readonly environment: ReadonlyMap<string, string | undefined>;
  /** Of `os.umask`; undefined where the file does not call it. */
  readonly umask: number | undefined;
  /** The sum of its `os.nice` calls. */
  readonly niceness: number;
  /** Lines for the log: what the file printed, and which of its lines have no effect here. */
  readonly remarks: readonly string[];
}

export interface TacPlace extends Surroundings {
  /** Absolute path of the file: its `__file__`, and the name it has in errors. */
  readonly path: string;
}

/** What a buildbot.tac says. */
export interface Tac {
  /** One for each `Worker(...)`, in the order of the file. */
  readonly workers: readonly [TacSettings, ...TacSettings[]];
  readonly log: TacLog;
  readonly effects: ProcessEffects;
  readonly lines: TacLines & { readonly own: ReadonlyMap<OwnOptionName, number> };
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
  const calls = recorder.calls();
  return {
    workers: tacSettings(calls, place),
    log: tacLog(calls, place.directory),
    effects: { environment: new Map(), umask: undefined, niceness: 0, remarks: [] },
    lines: { ...tacLines(calls), own: ownLines(names) },
    own: ownVariables(place.path, names),
  };
}

/** A buildbot.tac together with the options that only Buildhand has. */
export interface TacConfig extends Omit<Tac, "own"> {
  /** Absolute path of the buildbot.tac. */
  readonly tacPath: string;
  readonly options: OwnOptions;
}

/** The part of a `TacConfig` that is about one of its workers. */
export interface TacWorker extends Pick<TacConfig, "tacPath" | "options"> {
  readonly settings: TacSettings;
}

/**
 * Evaluates a buildbot.tac in this process's environment. `commandLine`, when there is one, wins over the environment, and
 * that over the file. Throws usage errors.
 */
export function readTacConfig({ path, text }: TacFile, commandLine?: OptionSource): TacConfig {
  const { env } = process;
  const { own, ...tac } = readTac(text, { path, directory: dirname(path), environment: env });
  const options = ownOptions([...(commandLine === undefined ? [] : [commandLine]), environmentSource(env), own]);
  return { ...tac, tacPath: path, options };
}

function ownLines(names: ReadonlyMap<string, Value>): ReadonlyMap<OwnOptionName, number> {
  const placed = ownOptionNames.map((name) => [name, names.get(name)?.line] as const);
  return new Map(placed.filter((pair): pair is readonly [OwnOptionName, number] => pair[1] !== undefined));
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
