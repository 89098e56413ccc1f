// Parses updates of all worker versions and both protocols. Unknown keys are ignored; values of the wrong type are
// refused.
import type { CommandUpdate, FailureReason } from "../../base/command-update.ts";
import { baseErrors } from "../../base/errors.ts";
import { Float, Tuple } from "../../base/python-values.ts";
import type { UpdateText } from "./update-text.ts";

const reasons: readonly string[] = ["timeout_without_output", "timeout", "max_lines_failure"] satisfies FailureReason[];
/** `stat` has ten. */
const MAX_NUMBERS = 20;

/** The update, or undefined for text without a whole line. Throws ERR_BAD_ARGUMENTS. */
export function readUpdate(key: string, value: unknown, text: UpdateText): CommandUpdate | undefined {
  switch (key) {
    case "header":
    case "stdout":
    case "stderr":
      return text.push(key, textOf(key, value));
    case "log": {
      const [name, content] = itemsOf(value) ?? [];
      return text.push({ log: wordOf(key, name) }, textOf(key, content));
    }
    case "rc":
      return { key, rc: integerOf(key, value) };
    case "elapsed":
      return { key, seconds: numberOf(key, value) };
    case "failure_reason": {
      const reason = wordOf(key, value);
      return reasons.includes(reason) ? { key, reason: reason as FailureReason } : undefined;
    }
    case "stat": {
      const numbers = (itemsOf(value) ?? []).filter(isInteger);
      if (numbers.length === 0 || numbers.length > MAX_NUMBERS) throw wrong(key, "a few integers");
      return { key, stat: numbers };
    }
    case "files": {
      const names = itemsOf(value);
      if (names === undefined) throw wrong(key, "a list of names");
      return { key, files: names.map((name) => wordOf(key, name)) };
    }
    default:
      return undefined;
  }
}

/** Text, or bytes of text. */
function textOf(key: string, value: unknown): string | Uint8Array {
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  throw wrong(key, "text");
}

function wordOf(key: string, value: unknown): string {
  const text = textOf(key, value);
  return typeof text === "string" ? text : Buffer.from(text).toString("utf8");
}

function integerOf(key: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw wrong(key, "an integer");
}

function numberOf(key: string, value: unknown): number {
  const number = value instanceof Float ? value.value : value;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  throw wrong(key, "a number");
}

function isInteger(value: unknown): value is number | bigint {
  return typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
}

export function itemsOf(value: unknown): readonly unknown[] | undefined {
  if (value instanceof Tuple) return value.items;
  return Array.isArray(value) ? (value as readonly unknown[]) : undefined;
}

function wrong(key: string, expected: string) {
  return baseErrors.badArguments(`update of ${key}`, expected, "something else");
}
