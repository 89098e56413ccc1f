// Reads a buildbot.tac: a Python program, of which a restricted form is understood without Python.
import { errors } from "../base/errors.ts";
import { libraryFunctions } from "./python/library.ts";
import { parseProgram } from "./python/parse.ts";
import { run } from "./python/run.ts";
import { pythonSource } from "./python/source.ts";
import { text as textValue } from "./python/value.ts";
import { recordTacCalls } from "./tac-calls.ts";
import { type TacSettings, tacSettings } from "./tac-settings.ts";

/** What every command looks for before it takes a directory for a worker's (worker life cycle, buildbot.tac). */
export const TAC_MARKER = "Application('buildbot-worker')";

export interface TacPlace {
  /** Absolute path of the file: its `__file__`, and the name it has in errors. */
  readonly path: string;
  /** Absolute directory of the worker: where relative paths start. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * The settings in the text of a buildbot.tac. Files the program opens are read. Throws one usage error for whatever is
 * wrong or only Python can do; its sentence never holds the password.
 */
export function readTac(text: string, place: TacPlace): TacSettings {
  if (!text.includes(TAC_MARKER)) throw errors.tacContent(place.path);
  const source = pythonSource(place.path, text);
  const recorder = recordTacCalls();
  run(parseProgram(source), {
    source,
    names: new Map([["__file__", textValue(place.path)]]),
    functions: new Map([...libraryFunctions(place), ...recorder.functions]),
    marks: recorder.marks,
  });
  return tacSettings(recorder.calls(), place.directory);
}
