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
  type ProcessEffects,
  parseProgram,
  pythonLibrary,
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

/** What is looked for before a directory is taken for a worker's; Buildbot's own `start` wants this very text. */
export const TAC_MARKER = "Application('buildbot-worker')";

/** A service that may be a worker's, in whatever quotes and under whatever name; a master's is known by its name. */
const MAKES_SERVICE = /\bApplication\b/;
const MAKES_MASTER = /\bApplication\(\s?["']buildmaster["']/;

export interface TacFile {
  /** Absolute when the directory is. */
  readonly path: string;
  readonly text: string;
}

/** The file, known to make a service that is not a master's. Throws a usage error that ends up behind `invalid worker directory`. */
export function readTacFile(directory: string, path: string = join(directory, "buildbot.tac")): TacFile {
  const reading = readRegularFile(path, SOURCE_LIMIT_CHARS);
  if (!reading.ok) {
    const isMissing = reading.reason === "No such file or directory";
    throw configErrors.tacUnreachable(path, reading.reason).withTrouble(isMissing ? "tac-missing" : undefined);
  }
  requireService(path, reading.text);
  return { path, text: reading.text };
}

function requireService(path: string, text: string): void {
  if (!MAKES_SERVICE.test(text) || MAKES_MASTER.test(text)) throw configErrors.tacContent(path);
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
  requireService(place.path, text);
  const source = pythonSource(place.path, text);
  const recorder = recordTacCalls();
  const python = pythonLibrary(place);
  const names = new Map<string, Value>([["__file__", textValue(place.path)]]);
  run(parseProgram(source), {
    source,
    names,
    library: {
      functions: new Map([...python.functions, ...recorder.functions]),
      constants: new Map([...python.constants, ...recorder.constants]),
      remarks: python.remarks,
      remark: python.remark,
    },
  });
  const calls = recorder.calls();
  const effects = python.effects();
  const [first, ...others] = tacSettings(calls, place);
  const hiding = (settings: TacSettings) => ({
    ...settings,
    passwordVariables: [...settings.passwordVariables, ...copiesOf(settings.password, effects)],
  });
  const workers = [hiding(first), ...others.map(hiding)] as const;
  return {
    workers,
    log: tacLog(calls, place.directory),
    effects: { ...effects, remarks: withoutPasswords(effects.remarks, workers) },
    lines: { ...tacLines(calls), own: ownLines(names) },
    own: ownVariables(place.path, names),
  };
}

/** The variables that the file itself gave the password to. */
function copiesOf(password: string, { environment }: ProcessEffects): readonly string[] {
  const holds = (value: string | undefined) => password !== "" && value?.includes(password) === true;
  return [...environment].filter(([, value]) => holds(value)).map(([name]) => name);
}

function withoutPasswords(lines: readonly string[], workers: readonly TacSettings[]): readonly string[] {
  const passwords = workers.map(({ password }) => password).filter((password) => password !== "");
  return lines.map((line) => passwords.reduce((rest, password) => rest.replaceAll(password, "***"), line));
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
