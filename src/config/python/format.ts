// Values into text by Python's three ways of formatting: `%`, str.format and format specs. Facts from the library
// reference, "Format Specification Mini-Language" and "printf-style String Formatting". Each returns undefined for what is
// wrong or only Python can format.
import { keyOf, numeric, pythonForm, pythonText, TEXT_LIMIT_CHARS, type Value } from "./value.ts";

/** fill and align, sign, #, 0, width, grouping, precision, type. */
const SPEC = /^(?:([\s\S])(?=[<>=^]))?([<>=^])?([-+ ])?(#)?(0)?([1-9]\d{0,4})?([,_])?(?:\.(\d{1,2}))?([bdfFosxX%])?$/u;

interface Spec {
  readonly fill: string | undefined;
  readonly align: string | undefined;
  readonly sign: string;
  readonly prefix: boolean;
  readonly zero: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string | undefined;
}

/** `format(value, spec)`. */
export function formatted(value: Value, spec: string): string | undefined {
  if (spec === "") return pythonText(value);
  const found = SPEC.exec(spec);
  if (found === null) return undefined;
  const [, fill, align, sign = "-", prefix, zero, width = "0", grouping = "", precision, type] = found;
  const read: Spec = {
    fill,
    align,
    sign,
    prefix: prefix !== undefined,
    zero: zero !== undefined,
    width: Number(width),
    grouping,
    precision: precision === undefined ? undefined : Number(precision),
    type,
  };
  const number = numeric(value);
  if (number !== undefined) return numberText(number, value.kind === "float", read);
  return value.kind === "text" && !value.bytes ? plainText(value.value, read) : undefined;
}

function plainText(value: string, spec: Spec): string | undefined {
  const { align, sign, prefix, grouping, precision, type = "s" } = spec;
  if (type !== "s" || align === "=" || sign !== "-" || prefix || grouping !== "") return undefined;
  const cut = precision === undefined ? value : Array.from(value).slice(0, precision).join("");
  return padded("", cut, { ...spec, align: align ?? "<" });
}

const RADIXES: Readonly<Record<string, number>> = { b: 2, o: 8, x: 16, X: 16, d: 10 };

function numberText(value: number, isFloat: boolean, spec: Spec): string | undefined {
  const type = spec.type ?? (isFloat ? undefined : "d");
  const size = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? "-" : spec.sign === "-" ? "" : spec.sign;
  const radix = RADIXES[type ?? ""];
  let digits: string | undefined;
  if (radix !== undefined) {
    if (isFloat || spec.precision !== undefined || (spec.grouping !== "" && radix !== 10)) return undefined;
    digits = size.toString(radix);
  } else if (type === "f" || type === "F") {
    digits = fixed(size, spec.precision ?? 6);
  } else if (type === "%") {
    digits = `${fixed(size * 100, spec.precision ?? 6)}%`;
  } else if (type === undefined && spec.precision === undefined) {
    digits = pythonText({ kind: "float", value: size });
  }
  if (digits === undefined || digits.includes("undefined")) return undefined;
  if (spec.grouping !== "") {
    if (spec.zero || /e/.test(digits)) return undefined;
    const [whole = "", ...rest] = digits.split(".");
    digits = [whole.replaceAll(/(?<=\d)(?=(?:\d{3})+(?!\d))/g, spec.grouping), ...rest].join(".");
  }
  const mark = spec.prefix && radix !== undefined && radix !== 10 ? `0${type}` : "";
  if (type === "X") digits = digits.toUpperCase();
  return padded(sign + mark, digits, { ...spec, align: spec.align ?? (spec.zero ? "=" : ">") });
}

/** Halves go to the even digit, as in Python; JavaScript takes them up. */
function fixed(value: number, precision: number): string | undefined {
  if (value >= 1e21 || precision > 50) return undefined;
  const exact = value.toFixed(precision + 40);
  const isHalf = exact.endsWith(`5${"0".repeat(39)}`);
  const below = exact.slice(0, -40).replace(/\.$/, "");
  return isHalf && Number(below.at(-1)) % 2 === 0 ? below : value.toFixed(precision);
}

function padded(head: string, body: string, { fill, align, zero, width }: Spec): string {
  const missing = width - Array.from(head + body).length;
  if (missing <= 0) return head + body;
  const pad = (count: number) => (fill ?? (zero ? "0" : " ")).repeat(count);
  if (align === "=") return head + pad(missing) + body;
  if (align === "<") return head + body + pad(missing);
  const left = align === "^" ? Math.floor(missing / 2) : missing;
  return pad(left) + head + body + pad(missing - left);
}

/** The value as `!r`, `!s` or `!a` converts it. */
export function converted(value: Value, conversion: string): Value | undefined {
  if (conversion === "") return value;
  const result = conversion === "s" ? pythonText(value) : pythonForm(value);
  const isKnown = result !== undefined && (conversion !== "a" || /^[ -~]*$/.test(result));
  return isKnown ? { kind: "text", value: result } : undefined;
}

const PERCENT = /%(?:\(([^()]*)\))?([-+ #0]{0,5})([1-9]\d{0,4}|\*)?(?:\.(\d{1,2}))?([\s\S]?)/g;

/** `pattern % values`. */
export function percentFormatted(pattern: string, values: Value): string | undefined {
  const items = values.kind === "sequence" && values.type === "tuple" ? [...values.items] : [values];
  const isDict = values.kind === "dict";
  let isNamed = false;
  const result = replaced(pattern, PERCENT, ([, name, flags = "", width = "", precision, letter = ""]) => {
    if (letter === "%") return "%";
    if (width === "*") return undefined;
    isNamed ||= name !== undefined;
    const value =
      name === undefined
        ? items.shift()
        : isDict
          ? values.entries.get(keyOf({ kind: "text", value: name })!)?.value
          : undefined;
    return value === undefined ? undefined : percentPiece(value, { flags, width, precision, letter });
  });
  return items.length === 0 || (isDict && (isNamed || items.length === 1)) ? result : undefined;
}

interface PercentPiece {
  readonly flags: string;
  readonly width: string;
  readonly precision: string | undefined;
  readonly letter: string;
}

function percentPiece(value: Value, { flags, width, precision, letter }: PercentPiece): string | undefined {
  const has = (flag: string) => flags.includes(flag);
  const cut = precision === undefined ? "" : `.${precision}`;
  if (letter === "s" || letter === "r" || letter === "a") {
    const shown = converted(value, letter);
    return shown === undefined ? undefined : formatted(shown, `${has("-") ? "<" : ">"}${width}${cut}`);
  }
  const number = numeric(value);
  if (number === undefined || !/^[diuoxXfF]$/.test(letter)) return undefined;
  const isWhole = /[diu]/.test(letter);
  if ((isWhole || /[oxX]/.test(letter)) && cut !== "") return undefined;
  if (/[oxX]/.test(letter) && value.kind === "float") return undefined;
  const sign = has("+") ? "+" : has(" ") ? " " : "";
  const spec = `${has("-") ? "<" : ""}${sign}${has("#") ? "#" : ""}${has("0") && !has("-") ? "0" : ""}${width}${cut}${isWhole ? "d" : letter}`;
  return formatted(isWhole ? { kind: "int", value: Math.trunc(number) } : value, spec);
}

const FIELD = /\{\{|\}\}|\{([^{}![\]:]*)((?:\[[^[\]{}]*\])*)(?:!([rsa]))?(?::((?:[^{}]|\{[^{}]*\})*))?\}|[{}]/g;

/** `pattern.format(…)`. */
export function braceFormatted(
  pattern: string,
  positional: readonly Value[],
  keywords: ReadonlyMap<string, Value>,
): string | undefined {
  let next = 0;
  const fill = (part: string): string | undefined =>
    replaced(part, FIELD, ([all, name, indexes = "", conversion = "", spec = ""]) => {
      if (name === undefined) return all.length === 2 ? all.slice(1) : undefined;
      let value = name === "" ? positional[next++] : /^\d+$/.test(name) ? positional[Number(name)] : keywords.get(name);
      for (const [, index = ""] of indexes.matchAll(/\[([^[\]]*)\]/g)) value = itemOf(value, index);
      const inner = fill(spec);
      const shown = value === undefined ? undefined : converted(value, conversion);
      return shown === undefined || inner === undefined ? undefined : formatted(shown, inner);
    });
  return fill(pattern);
}

function itemOf(holder: Value | undefined, index: string): Value | undefined {
  if (holder?.kind === "dict") return holder.entries.get(keyOf({ kind: "text", value: index })!)?.value;
  return holder?.kind === "sequence" && /^\d+$/.test(index) ? holder.items[Number(index)] : undefined;
}

/** With every match replaced; undefined when one has no replacement, or the result is longer than a text may be. */
function replaced(
  pattern: string,
  expression: RegExp,
  replacement: (match: readonly (string | undefined)[] & { readonly 0: string }) => string | undefined,
): string | undefined {
  const parts: string[] = [];
  let length = 0;
  let from = 0;
  for (const match of pattern.matchAll(expression)) {
    const piece = replacement(match as unknown as readonly (string | undefined)[] & { readonly 0: string });
    if (piece === undefined) return undefined;
    length += piece.length;
    if (length > TEXT_LIMIT_CHARS) return undefined;
    parts.push(pattern.slice(from, match.index), piece);
    from = match.index + match[0].length;
  }
  return parts.join("") + pattern.slice(from);
}
