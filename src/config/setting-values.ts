// Converts Python values to the types of settings. Error messages never contain a value, which may be a password in the
// wrong place.
import { describeValue, truth, type Value } from "./python/index.ts";
import type { RecordedCall } from "./tac-calls.ts";

/** The format of a number in create-worker. */
const WRITTEN_NUMBER = /^(?:0|[1-9]\d*|0o[0-7]+)$/;

/** Reads the arguments of one recorded call. All methods throw usage errors with its line. */
export class SettingReader {
  readonly #recorded: RecordedCall;

  constructor(recorded: RecordedCall) {
    this.#recorded = recorded;
  }

  /** A string, or null for None and for an argument that was not given. */
  text(name: string): string | null {
    const value = this.#value(name);
    if (value.kind === "none") return null;
    if (value.kind !== "text" && value.kind !== "bytes" && value.kind !== "path")
      return this.#refuse(name, "a string or None", value);
    if (!value.value.isWellFormed()) return this.refuse(`${name} contains a character that is not valid Unicode`);
    return value.value;
  }

  requiredText(name: string): string {
    return this.text(name) ?? this.#refuse(name, "a string", this.#value(name));
  }

  /** A number, or a string of digits; null for None and for an argument that was not given. */
  number(name: string): number | null {
    const value = this.#value(name);
    if (value.kind === "none") return null;
    if (value.kind === "bool") return Number(value.value);
    if (value.kind === "int" || value.kind === "float") return value.value;
    const digits = value.kind === "text" && WRITTEN_NUMBER.test(value.value) ? Number(value.value) : Number.NaN;
    return Number.isSafeInteger(digits) ? digits : this.#refuse(name, "a number or None", value);
  }

  /** A whole number from `least` to `most`. */
  integer(name: string, least: number, most: number = Number.MAX_SAFE_INTEGER): number | null {
    const value = this.number(name);
    if (value === null || (Number.isInteger(value) && value >= least && value <= most)) return value;
    return this.refuse(
      `${name} must be a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`}`,
    );
  }

  /** By Python's rules: None, 0 and an empty string are false. */
  flag(name: string): boolean {
    const value = this.#value(name);
    return truth(value) ?? this.#refuse(name, "True or False", value);
  }

  /** A truth value, unchanged if it is None, an integer or a string in the file. */
  givenFlag(name: string): boolean | number | string | null {
    const kind = this.#recorded.arguments.get(name)?.kind;
    if (kind === "text") return this.text(name);
    return kind === "int" || kind === "none" ? this.number(name) : this.flag(name);
  }

  /** The lines in which the given arguments were last computed, by the names in `parameters`. */
  lines<Name extends string>(parameters: Readonly<Record<Name, string>>): ReadonlyMap<Name, number> {
    const lines = new Map<Name, number>();
    for (const [name, parameter] of Object.entries(parameters) as [Name, string][]) {
      const value = this.#recorded.arguments.get(parameter);
      if (value !== undefined) lines.set(name, value.line ?? this.#recorded.call.line);
    }
    return lines;
  }

  /** The environment variables from which a string was computed. */
  variables(name: string): readonly string[] {
    return [...(this.#value(name).variables ?? [])];
  }

  refuse(reason: string): never {
    this.#recorded.call.refuse(reason);
  }

  #value(name: string): Value {
    return this.#recorded.arguments.get(name) ?? { kind: "none" };
  }

  #refuse(name: string, expected: string, got: Value): never {
    const { call } = this.#recorded;
    const reason = `${name} must be ${expected}, got ${describeValue(got)}`;
    return got.kind === "object" ? call.refuseUnread(reason) : call.refuse(reason);
  }
}
