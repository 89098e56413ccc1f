// Python's three ways of formatting: `%`, str.format and format specs. Facts from the library reference, "Format
// Specification Mini-Language" and "printf-style String Formatting". Each returns undefined for errors and for what requires
// Python.
import { isSequence, keyOf, numeric, pythonForm, pythonText, TEXT_LIMIT_CHARS, text, type Value } from "./value.ts";

/** fill, align, sign, 0, width, precision, type. */
const SPEC = /^(?:([\s\S])(?=[<>^]))?([<>^])?([+ ]?)(0?)([1-9]\d{0,3})?(?:\.(\d{1,2}))?([dfosxX])?$/u;

const RADIXES: Readonly<Record<string, number>> = { o: 8, x: 16, X: 16, d: 10 };

/** `format(value, spec)`. */
export function formatted(value: Value, spec: string): string | undefined {
  if (spec === "") return pythonText(value);
  const [, fill, align, plus = "", zero, width = "0", precision, type] = SPEC.exec(spec) ?? [];
  const number = numeric(value);
  const cut = precision === undefined ? undefined : Number(precision);
  if (zero === undefined || (value.kind !== "text" && number === undefined)) return undefined;
  const isText = value.kind === "text";
  if (isText && ((type ?? "s") !== "s" || plus !== "")) return undefined;
  const body = isText ? Array.from(value.value).slice(0, cut).join("") : digitsOf(value, type, cut);
  if (body === undefined) return undefined;
  const sign = isText ? "" : isNegative(number!) ? "-" : plus;
  const missing = Math.max(Number(width) - Array.from(sign + body).length, 0);
  const padding = (fill ?? (zero || " ")).repeat(missing);
  if (zero && !isText && align === undefined) return sign + padding + body;
  const side = align ?? (isText ? "<" : ">");
  const left = side === "<" ? 0 : side === ">" ? missing : Math.floor(missing / 2);
  const units = padding.length / Math.max(missing, 1);
  return padding.slice(0, left * units) + sign + body + padding.slice(left * units);
}

function isNegative(value: number): boolean {
  return value < 0 || Object.is(value, -0);
}

/** Without the sign. */
function digitsOf(value: Value, type: string | undefined, precision: number | undefined): string | undefined {
  const isFloat = value.kind === "float";
  const size = Math.abs(numeric(value)!);
  const radix = RADIXES[type ?? (isFloat ? "" : "d")];
  if (radix !== undefined) {
    if (isFloat || precision !== undefined) return undefined;
    return type === "X" ? size.toString(radix).toUpperCase() : size.toString(radix);
  }
  if (type === "f") return fixed(size, precision ?? 6);
  return type === undefined && precision === undefined ? pythonText({ kind: "float", value: size }) : undefined;
}

/** Rounds halves to even, as in Python; JavaScript rounds them up. */
function fixed(value: number, precision: number): string | undefined {
  if (value >= 1e21 || precision > 50) return undefined;
  const exact = value.toFixed(precision + 40);
  const below = exact.slice(0, -40).replace(/\.$/, "");
  return exact.endsWith(`5${"0".repeat(39)}`) && Number(below.at(-1)) % 2 === 0 ? below : value.toFixed(precision);
}

/** The value as `!r` or `!s` converts it. */
export function converted(value: Value, conversion: string): Value | undefined {
  if (conversion === "") return value;
  const result = conversion === "s" ? pythonText(value) : conversion === "r" ? pythonForm(value) : undefined;
  return result === undefined ? undefined : text(result);
}

const PERCENT = /%(?:\(([^()]*)\))?([-+ 0]?)([1-9]\d{0,3})?(?:\.(\d{1,2}))?([\s\S]?)/g;

/** `pattern % values`. */
export function percentFormatted(pattern: string, values: Value): string | undefined {
  const items = values.kind === "tuple" ? [...values.items] : [values];
  let isNamed = false;
  const result = replaced(pattern, PERCENT, (all, name, flag, width = "", precision, letter = "") => {
    if (letter === "%") return all === "%%" ? "%" : undefined;
    isNamed ||= name !== undefined;
    const value = name === undefined ? items.shift() : namedItem(values, name);
    const shown = letter === "s" || letter === "r" ? value && converted(value, letter) : undefined;
    const cut = precision === undefined ? "" : `.${precision}`;
    if (shown !== undefined)
      return flag === "" || flag === "-" ? formatted(shown, `${flag ? "<" : ">"}${width}${cut}`) : undefined;
    const number = value && numeric(value);
    if (number === undefined || !/^[dioxXf]$/.test(letter)) return undefined;
    const isWhole = letter === "d" || letter === "i";
    const spec = `${flag === "-" ? "<" : flag}${width}${cut}${isWhole ? "d" : letter}`;
    return formatted(isWhole ? { kind: "int", value: Math.trunc(number) } : value!, spec);
  });
  return items.length === 0 || (values.kind === "dict" && (isNamed || items.length === 1)) ? result : undefined;
}

const FIELD = /\{\{|\}\}|\{([^{}![\]:]*)((?:\[[^[\]{}]*\])*)(?:!([rs]))?(?::([^{}]*))?\}|[{}]/g;

/** `pattern.format(…)`. */
export function braceFormatted(pattern: Value, positional: readonly Value[], keywords: ReadonlyMap<string, Value>) {
  let next = 0;
  if (pattern.kind !== "text") return undefined;
  return replaced(pattern.value, FIELD, (all, name, indexes = "", conversion = "", spec = "") => {
    if (name === undefined) return all.length === 2 ? all.slice(1) : undefined;
    let value = /^\d*$/.test(name) ? positional[name === "" ? next++ : Number(name)] : keywords.get(name);
    for (const [, index = ""] of indexes.matchAll(/\[([^[\]]*)\]/g)) value = value && namedItem(value, index);
    const shown = value && converted(value, conversion);
    return shown && formatted(shown, spec);
  });
}

function namedItem(holder: Value, name: string): Value | undefined {
  if (holder.kind === "dict") return holder.entries.get(keyOf(text(name))!)?.[1];
  return isSequence(holder) && /^\d+$/.test(name) ? holder.items[Number(name)] : undefined;
}

/** Replaces every match; undefined if one has no replacement, or the result exceeds the length limit. */
function replaced(
  pattern: string,
  expression: RegExp,
  replacement: (all: string, ...groups: (string | undefined)[]) => string | undefined,
): string | undefined {
  let result = "";
  let from = 0;
  for (const match of pattern.matchAll(expression)) {
    const piece = replacement(...(match as unknown as [string, ...(string | undefined)[]]));
    if (piece === undefined || result.length > TEXT_LIMIT_CHARS) return undefined;
    result += pattern.slice(from, match.index) + piece;
    from = match.index + match[0].length;
  }
  return result + pattern.slice(from);
}
