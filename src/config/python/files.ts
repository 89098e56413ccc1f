// Python's functions on files and paths: open(…), os.path, and pathlib.Path. Facts from the library reference. Only
// regular files of a bounded size are read, and nothing is written.
import { realpathSync, type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import { systemRules } from "../../base/system-rules.ts";
import { readRegularFile } from "../regular-file.ts";
import {
  type CallResult,
  INT,
  type Invocation,
  type KnownFunction,
  type KnownFunctions,
  mayHave,
  PATH,
  TEXT,
  takes,
} from "./known-function.ts";
import { inUtf8 } from "./text-methods.ts";
import { type FileValue, iterated, listOf, TEXT_LIMIT_CHARS, text, tracedTo, tupleOf, type Value } from "./value.ts";

/** Python's exceptions by the reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "No such file or directory": "FileNotFoundError",
  "Permission denied": "PermissionError",
  "Not a directory": "NotADirectoryError",
};

const ENCODING = mayHave(TEXT, "encoding");
const FILE = {
  read: (call: Invocation, value: Value) => (value.kind === "file" ? value : call.refuseUnread("a file is expected")),
};

/** The directory for relative paths, and the current home directory from the program's variables. */
interface FilePlace {
  readonly directory: string;
  readonly home: () => string;
}

export function fileFunctions({ directory, home }: FilePlace): KnownFunctions {
  const absolute = (path: string) => resolve(directory, path);
  const stats = (path: string) => statsOf(absolute(path));
  const open: KnownFunction = (call) => openFile(call, directory);
  const content = (kind: "text" | "bytes") =>
    takes([PATH, ENCODING], (call, path, encoding) =>
      inUtf8(call, encoding, readFile(call, absolute(path), kind).content),
    );
  /** Names in os.path and of methods of a Path; an empty name for none. */
  const onPath: readonly [string, string, (path: string) => string | boolean | undefined][] = [
    ["abspath", "absolute", absolute],
    ["realpath", "resolve", (path) => realPath(absolute(path))],
    ["expanduser", "expanduser", (path) => expandUser(path, home)],
    ["exists", "exists", (path) => stats(path) !== undefined],
    ["isfile", "is_file", (path) => stats(path)?.isFile() === true],
    ["isdir", "is_dir", (path) => stats(path)?.isDirectory() === true],
    ["isabs", "is_absolute", (path) => systemRules.isAbsolute(path)],
    ["normpath", "", (path) => systemRules.normalizePath(path)],
    ["dirname", "", (path) => splitPath(path).head],
    ["basename", "", (path) => splitPath(path).tail],
  ];
  return {
    open: open,
    "io.open": open,
    "codecs.open": open,
    "path.open": open,
    "file.close": () => null,
    "file.read": takes([FILE, mayHave(INT)], (_, file, most = -1) => taken(file, most)),
    "file.readline": takes([FILE], (_, file) => taken(file, "line")),
    "file.readlines": takes([FILE], (_, file) => listOf(iterated(file)!)),
    "pathlib.Path": ({ positional: [first = text("."), ...rest], ...call }) =>
      joined({ ...call, positional: [first, ...rest] }, pathOf),
    "path.joinpath": (call) => joined(call, pathOf),
    "path.read_text": content("text"),
    "path.read_bytes": content("bytes"),
    "os.path.join": (call) => joined(call, text),
    "os.path.split": takes([PATH], (_, path) => pair(splitPath(path).head, splitPath(path).tail)),
    "os.path.splitext": takes([PATH], (_, path) => pair(...splitSuffix(path))),
    ...Object.fromEntries(
      onPath.map(([name, , compute]) => [`os.path.${name}`, takes([PATH], (_, path) => compute(path))]),
    ),
    ...Object.fromEntries(
      onPath.map(([, name, compute]) => [`path.${name}`, takes([PATH], (_, path) => asPath(compute(path)))]),
    ),
  };
}

function asPath(result: string | boolean | undefined): CallResult {
  return typeof result === "string" ? pathOf(result) : result;
}

function pathOf(path: string): Value {
  return { kind: "path", value: purePath(path) };
}

function pair(...parts: readonly string[]): Value {
  return tupleOf(parts.map(text));
}

function joined(call: Invocation, make: (path: string) => Value): Value {
  if (call.positional.length === 0) return call.raise("TypeError", "a call has too few arguments");
  return make(systemRules.joinPath(...call.positional.map((part) => PATH.read(call, part))));
}

function openFile(call: Invocation, directory: string): Value {
  const [path = text(""), mode = call.keywords.get("mode") ?? text("r")] = call.positional;
  const letters = TEXT.read(call, mode);
  if (!/^r[tb]?$/.test(letters)) {
    call.refuseUnread(
      "a file can only be opened for reading",
      "to log to a file, use LogFile.fromFullPath(…) of Twisted",
    );
  }
  const encoding = TEXT.read(call, call.keywords.get("encoding") ?? text("utf-8"));
  return inUtf8(
    call,
    encoding,
    readFile(call, resolve(directory, PATH.read(call, path)), letters === "rb" ? "bytes" : "text"),
  );
}

function readFile(call: Invocation, path: string, kind: "text" | "bytes"): Value & FileValue {
  const reading = readRegularFile(path, TEXT_LIMIT_CHARS);
  if (!reading.ok) {
    const sentence = `error reading '${path}': ${reading.reason}`;
    const type = EXCEPTIONS[reading.reason];
    return type === undefined ? call.refuse(sentence) : call.raise(type, sentence);
  }
  const value = kind === "bytes" ? reading.text : reading.text.replaceAll(/\r\n?/g, "\n");
  return { kind: "file", content: { kind, value }, place: { at: 0 } };
}

/** The next line of a file, or at most that number of characters; the rest for a negative number. */
function taken({ content, place, variables }: Value & FileValue, most: number | "line"): Value {
  const rest = content.value.slice(place.at);
  const line = rest.slice(0, rest.indexOf("\n") + 1 || rest.length);
  const value = most === "line" ? line : most < 0 ? rest : Array.from(rest).slice(0, most).join("");
  place.at += value.length;
  return tracedTo(variables ?? new Set(), { ...content, value });
}

/** Unlike `dirname` of Node.js, a final slash counts: the directory of `a/b/` is `a/b`. */
function splitPath(path: string): { readonly head: string; readonly tail: string } {
  const cut = systemRules.lastSeparator(path) + 1;
  const head = path.slice(0, cut);
  return { head: systemRules.withoutEnd(head), tail: path.slice(cut) };
}

/** Splits the path at the last dot of its name. Dots at the beginning of the name do not count. */
function splitSuffix(path: string): readonly [string, string] {
  const { tail } = splitPath(path);
  const at = tail.replace(/^\.+/, "").lastIndexOf(".");
  const cut = at <= 0 ? path.length : path.length - tail.replace(/^\.+/, "").length + at;
  return [path.slice(0, cut), path.slice(cut)];
}

/** `str(Path(path))`: without empty parts and `.`; `..` is unchanged. */
export function purePath(path: string): string {
  if (systemRules.name === "nt") return systemRules.normalizePath(path);
  const root = /^\/\/(?!\/)/.test(path) ? "//" : path.startsWith("/") ? "/" : "";
  return (
    root +
      path
        .split("/")
        .filter((part) => part !== "" && part !== ".")
        .join("/") || "."
  );
}

/** The value of a Path's attribute; undefined for a method. */
export function pathAttribute(path: string, name: string): Value | undefined {
  const { head, tail } = splitPath(path);
  if (name === "parent") return pathOf(path === "." ? "" : head);
  const own = tail === "." ? "" : tail;
  if (name === "name") return text(own);
  const dot = own.lastIndexOf(".");
  const cut = dot > 0 && dot < own.length - 1 ? dot : own.length;
  return name === "stem" ? text(own.slice(0, cut)) : name === "suffix" ? text(own.slice(cut)) : undefined;
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    // A path without access counts as missing, as in Python.
    return undefined;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // A path that cannot be resolved is returned unchanged, as in Python.
    return path;
  }
}

/** Homes of other users (`~name`) are left to Python. */
function expandUser(path: string, home: () => string): string | undefined {
  if (!path.startsWith("~")) return path;
  const isOwn = path === "~" || systemRules.firstSeparator(path) === 1;
  return isOwn ? systemRules.belowHome(home(), path.slice(1)) : undefined;
}
