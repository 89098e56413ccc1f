// Encodes a program for the operating system: arguments and input in one encoding, names of directories and variables
// in another. Unencodable characters are not replaced: `rm` would take a question mark for a pattern.
import { type SystemText, shownText, systemText } from "../../base/encoding/system-text.ts";
import type { TextEncoding } from "../../base/encoding/text-encoding.ts";
import { systemRules } from "../../base/system-rules.ts";
import type { ArgumentValue } from "../arguments.ts";
import { commandsErrors } from "../errors.ts";
import { encodedName } from "../file-paths.ts";
import type { Program } from "./program.ts";

export interface SystemForm {
  readonly argv: readonly SystemText[];
  /** See `Launch`. */
  readonly batch: Buffer | undefined;
  readonly stdin: Buffer | undefined;
  readonly workdir: SystemText;
  readonly env: Readonly<Record<SystemText, ArgumentValue>> | undefined;
}

/** Throws ERR_NOT_IN_ENCODING, whose message contains no word of the command. */
export function systemForm(program: Program, fileEncoding: TextEncoding): SystemForm {
  const { argv, stdin, workdir, env, encoding } = program;
  const given = (text: string, what: string) => encoded(text, what, encoding);
  const named = (text: string, what: string) => systemText(encodedName(text, what, fileEncoding));
  const batch = systemRules.batchFile(program.shellText ?? argv);
  return {
    argv: systemRules.takesText
      ? argv
      : argv.map((word, place) => systemText(given(word, `word ${place + 1} of the command`))),
    batch: batch === undefined ? undefined : given(batch, "the command"),
    stdin: stdin === undefined ? undefined : given(stdin, "initial_stdin"),
    workdir: named(workdir, "workdir"),
    env: env === undefined ? undefined : encodedVariables(env, named),
  };
}

/** All variables, decoded for people. */
export function shownVariables(
  env: Readonly<Record<SystemText, SystemText>>,
  fileEncoding: TextEncoding,
): Record<string, string> {
  const shown = (text: SystemText) => shownText(text, fileEncoding);
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [shown(name), shown(value)]));
}

function encodedVariables(
  env: Readonly<Record<string, ArgumentValue>>,
  named: (text: string, what: string) => SystemText,
): Record<SystemText, ArgumentValue> {
  const entries = Object.entries(env).map(([name, value]) => {
    const what = `variable '${name}' in env`;
    // Other values are refused when the environment is merged.
    const encodedItem = (item: ArgumentValue) => (typeof item === "string" ? named(item, what) : item);
    return [named(name, what), Array.isArray(value) ? value.map(encodedItem) : encodedItem(value)] as const;
  });
  return Object.fromEntries(entries);
}

function encoded(text: string, what: string, encoding: TextEncoding): Buffer {
  const bytes = encoding.encode(text);
  if (bytes === undefined) throw commandsErrors.notInEncoding(what, encoding.name, "this worker's unicode_encoding");
  return bytes;
}
