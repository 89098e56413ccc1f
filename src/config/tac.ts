// Finds and reads a buildbot.tac: a Python program in a restricted form that can be evaluated without Python.
import { dirname, join } from "node:path";
import { SECRET_NAME } from "../base/secret-text.ts";
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

/** Marks the directory of a worker. Buildbot's own `start` requires exactly this text. */
export const TAC_MARKER = "Application('buildbot-worker')";

/** A service that may be a worker's, with any quotes and any name except a master's. */
const MAKES_SERVICE = /\bApplication\b/;
const MAKES_MASTER = /\bApplication\(\s?["']buildmaster["']/;

export interface TacFile {
  /** Absolute when the directory is. */
  readonly path: string;
  readonly text: string;
}

/** Reads a file that creates a service, not a master's. Throws a usage error, which is shown after `invalid worker directory`. */
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
  /** Absolute path of the file, for its `__file__` and for errors. */
  readonly path: string;
}

/** The contents of a buildbot.tac. */
export interface Tac {
  /** One for each `Worker(...)`, in the order of the file. */
  readonly workers: readonly [TacSettings, ...TacSettings[]];
  readonly log: TacLog;
  readonly effects: ProcessEffects;
  readonly lines: TacLines & { readonly own: ReadonlyMap<OwnOptionName, number> };
  /** Buildhand's own options in the file. */
  readonly own: OptionSource;
}

/**
 * Evaluates the text of a buildbot.tac. Files that the program opens are read. Throws one usage error for anything that is
 * wrong or requires Python; its message never contains the password.
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
  const hiding = (settings: TacSettings) => {
    const { password, passwordVariables } = settings;
    const copies = [...copiesOf(password, effects), ...namesOf(password, place.environment)];
    return { ...settings, passwordVariables: [...new Set([...passwordVariables, ...copies])] };
  };
  const workers = [hiding(first), ...others.map(hiding)] as const;
  return {
    workers,
    log: tacLog(calls, place.directory),
    effects: { ...effects, remarks: withoutPasswords(effects.remarks, workers) },
    lines: { ...tacLines(calls), own: ownLines(names) },
    own: ownVariables(place.path, names),
  };
}

/** The environment variables to which the file assigns the password. */
function copiesOf(password: string, { environment }: ProcessEffects): readonly string[] {
  const holds = (value: string | undefined) => password !== "" && value?.includes(password) === true;
  return [...environment].filter(([, value]) => holds(value)).map(([name]) => name);
}

/** Variables from which, for example, a container's entry point writes the file. */
function namesOf(password: string, environment: Surroundings["environment"]): readonly string[] {
  return Object.keys(environment).filter((name) => SECRET_NAME.test(name) && environment[name] === password);
}

function withoutPasswords(lines: readonly string[], workers: readonly TacSettings[]): readonly string[] {
  const passwords = workers.map(({ password }) => password).filter((password) => password !== "");
  return lines.map((line) => passwords.reduce((rest, password) => rest.replaceAll(password, "***"), line));
}

/** A buildbot.tac together with Buildhand's own options. */
export interface TacConfig extends Omit<Tac, "own"> {
  /** Absolute path of the buildbot.tac. */
  readonly tacPath: string;
  readonly options: OwnOptions;
}

/** The part of a `TacConfig` for one worker. */
export interface TacWorker extends Pick<TacConfig, "tacPath" | "options"> {
  readonly settings: TacSettings;
}

/**
 * Evaluates a buildbot.tac in this process's environment. `commandLine` overrides the environment, which overrides the
 * file. Throws usage errors.
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

/** The file's assignments to the names of Buildhand's own options. */
function ownVariables(path: string, names: ReadonlyMap<string, Value>): OptionSource {
  return {
    nameOf: (name) => `${name} in ${path}`,
    textOf(name) {
      const value = names.get(name);
      if (value === undefined || value.kind === "none") return undefined;
      if (value.kind === "bool") return value.value ? "yes" : "no";
      if (value.kind === "int" || value.kind === "float") return String(value.value);
      if (value.kind === "text") return value.value;
      throw configErrors.tacSetting(`${name} in ${path} must be a string or a number, got ${describeValue(value)}`);
    },
  };
}
