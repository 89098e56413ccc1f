// The environment that this process was given, byte for byte. Node decodes it as UTF-8 and so loses what is none; the
// kernel has it still. Only Linux has, elsewhere it is as Node gives it.
import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { type SystemText, systemText } from "../base/encoding/system-text.ts";

export type Environment = Readonly<Record<SystemText, SystemText | undefined>>;

const EQUALS = 0x3d;

/** As it is in `known`, which is Node's, with what `initial`, its bytes at the start, has of other bytes. */
export function inheritedEnvironment(known: Environment = process.env, initial = initialEnvironment()): Environment {
  const variables = new Map(Object.entries(known));
  for (const { name, value } of rawVariables(initial)) {
    const decoded = name.toString();
    // Otherwise it was changed since.
    if (variables.get(decoded) !== value.toString()) continue;
    if (!isUtf8(name)) variables.delete(decoded);
    variables.set(systemText(name), systemText(value));
  }
  return Object.fromEntries(variables);
}

interface RawVariable {
  readonly name: Buffer;
  readonly value: Buffer;
}

function* rawVariables(environ: Buffer): Generator<RawVariable> {
  if (isUtf8(environ)) return;
  for (let start = 0; start < environ.length; ) {
    const found = environ.indexOf(0, start);
    const end = found < 0 ? environ.length : found;
    const variable = environ.subarray(start, end);
    const equals = variable.indexOf(EQUALS);
    if (equals > 0 && !isUtf8(variable)) {
      yield { name: variable.subarray(0, equals), value: variable.subarray(equals + 1) };
    }
    start = end + 1;
  }
}

function initialEnvironment(): Buffer {
  try {
    return readFileSync("/proc/self/environ");
  } catch {
    return Buffer.alloc(0); // another system, or one without /proc: then Node's text must do
  }
}
