// The functions of Python's own library that settings call: builtins, os, os.path, socket. Facts from the Python
// library reference. Knows no setting.
import { realpathSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { resolve } from "node:path";
import { belowHome, joinPath } from "../../base/posix-path.ts";
import { readRegularFile } from "../regular-file.ts";
import {
  type Invocation,
  type KnownFunction,
  type KnownFunctions,
  plainArguments,
  textArgument,
} from "./known-function.ts";
import { requireUtf8 } from "./text-methods.ts";
import {
  bool,
  describeValue,
  NONE,
  numeric,
  pythonText,
  TEXT_LIMIT_CHARS,
  text,
  tracedTo,
  truth,
  type Value,
} from "./value.ts";

/** What a program sees around it. */
export interface Surroundings {
  /** Absolute working directory, that of the worker; relative paths start here. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The functions, by dotted name. */
export function libraryFunctions({ directory, environment }: Surroundings): KnownFunctions {
  const lookUp = (name: string): Value | undefined => {
    const value = environment[name];
    return value === undefined ? undefined : tracedTo(new Set([name]), text(value));
  };
  const variable: KnownFunction = (call) => {
    const [name, otherwise = NONE] = plainArguments(call, 1, 2);
    return lookUp(textArgument(call, name)) ?? otherwise;
  };
  const requiredVariable: KnownFunction = (call) => {
    const name = textArgument(call, plainArguments(call, 1, 1)[0]);
    return lookUp(name) ?? call.refuse(`the environment variable ${name} is not set`);
  };
  return new Map<string, KnownFunction>([
    ["int", toInteger],
    ["str", toText],
    ["bool", (call) => toBool(call)],
    ["open", (call) => openFile(call, directory)],
    ["os.environ.get", variable],
    ["os.getenv", variable],
    ["os.environ[]", requiredVariable],
    ["os.environ in", (call) => bool(environment[textArgument(call, call.positional[0])] !== undefined)],
    ["os.getcwd", () => text(directory)],
    ["os.path.join", joinPaths],
    ["os.path.abspath", (call) => text(resolve(directory, onlyText(call)))],
    ["os.path.realpath", (call) => text(realPath(resolve(directory, onlyText(call))))],
    ["os.path.dirname", (call) => text(splitPath(onlyText(call)).head)],
    ["os.path.basename", (call) => text(splitPath(onlyText(call)).tail)],
    ["os.path.expanduser", (call) => text(expandUser(call, environment["HOME"] ?? homedir()))],
    ["socket.gethostname", () => text(hostname())],
  ]);
}

function onlyText(call: Invocation): string {
  return textArgument(call, plainArguments(call, 1, 1)[0]);
}

function toInteger(call: Invocation): Value {
  const [value = NONE, base] = plainArguments(call, 1, 2);
  const number = numeric(value);
  if (number !== undefined && base === undefined) return { kind: "int", value: Math.trunc(number) };
  if (value.kind !== "text") return call.refuse(`expected a number or a text of digits, got ${describeValue(value)}`);
  const parsed = parseInteger(value.value, base === undefined ? 10 : numeric(base));
  // The text is not quoted: it may be the wrong variable, and a password.
  if (parsed === undefined) return call.refuse("expected a text of digits, got another text");
  return { kind: "int", value: parsed };
}

const PREFIXES: Readonly<Record<string, number>> = { "0x": 16, "0o": 8, "0b": 2 };

function parseInteger(written: string, base: number | undefined): number | undefined {
  const [, sign, prefix = "", digits] = /^([+-]?)(0[xob])?_?([\da-z]+(?:_[\da-z]+)*)$/i.exec(written.trim()) ?? [];
  const prefixBase = PREFIXES[prefix.toLowerCase()];
  const radix = base === 0 ? (prefixBase ?? 10) : base;
  if (digits === undefined || radix === undefined || radix < 2 || radix > 36) return undefined;
  if (prefix !== "" && prefixBase !== radix) return undefined;
  const plain = digits.replaceAll("_", "");
  if (Array.from(plain).some((digit) => !(Number.parseInt(digit, 36) < radix))) return undefined;
  const value = Number.parseInt(plain, radix);
  return Number.isSafeInteger(value) ? (sign === "-" && value !== 0 ? -value : value) : undefined;
}

function toText(call: Invocation): Value {
  const [value = text("")] = plainArguments(call, 0, 1);
  const written = pythonText(value);
  return written === undefined ? call.refuse(`str() of ${describeValue(value)} is not known`) : text(written);
}

function toBool(call: Invocation): Value {
  const [value = NONE] = plainArguments(call, 0, 1);
  const found = truth(value);
  return found === undefined ? call.refuse(`bool() of ${describeValue(value)} is not known`) : bool(found);
}

function openFile(call: Invocation, directory: string): Value {
  const [path, mode = text("r"), ...rest] = call.positional;
  if (rest.length > 0 || !/^(?:r|rt|rb)$/.test(textArgument(call, mode)))
    call.refuse("a file can only be opened to be read");
  requireUtf8({ ...call, positional: [] });
  const absolute = resolve(directory, textArgument(call, path));
  const reading = readRegularFile(absolute, TEXT_LIMIT_CHARS);
  if (!reading.ok) return call.refuse(`error reading '${absolute}': ${reading.reason}`);
  return { kind: "file", text: reading.text.replaceAll(/\r\n?/g, "\n") };
}

function joinPaths(call: Invocation): Value {
  return text(joinPath(...plainArguments(call, 1, Number.POSITIVE_INFINITY).map((part) => textArgument(call, part))));
}

/** Unlike `dirname` of Node, a slash at the end counts: the directory of `a/b/` is `a/b`. */
function splitPath(path: string): { readonly head: string; readonly tail: string } {
  const cut = path.lastIndexOf("/") + 1;
  const head = path.slice(0, cut);
  return { head: head.replace(/(?<!\/)\/+$/, "") || head, tail: path.slice(cut) };
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Python, too, gives the path itself when it cannot be followed.
    return path;
  }
}

function expandUser(call: Invocation, home: string): string {
  const path = onlyText(call);
  if (path === "~" || path.startsWith("~/")) return belowHome(home, path.slice(1));
  if (path.startsWith("~")) return call.refuse("the home directory of another user (~name) is not looked up");
  return path;
}
