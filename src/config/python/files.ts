// Files and paths as a program sees them: open(…), its file objects, and the Path of pathlib. Facts from the library
// reference. Only regular files of a bounded size are read, and nothing is written.
import { realpathSync, type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import { belowHome, joinPath } from "../../base/posix-path.ts";
import { readRegularFile } from "../regular-file.ts";
import {
  type Invocation,
  intArgument,
  type KnownFunction,
  pathArgument,
  plainArguments,
  textArgument,
} from "./known-function.ts";
import { normalPath, parentPath, purePath, splitPath, splitSuffix } from "./paths.ts";
import { requireUtf8 } from "./text-methods.ts";
import { bool, type FileValue, linesOf, NONE, sequence, TEXT_LIMIT_CHARS, text, type Value } from "./value.ts";

/** What Python raises for the reasons why a file is not there. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "No such file or directory": "FileNotFoundError",
  "Permission denied": "PermissionError",
  "Not a directory": "NotADirectoryError",
};

/** Before the name of a method of a Path; its first argument is the path. */
export const PATH_METHODS = "pathlib.Path().";

/** Where relative paths start, and the home directory as the program's variables have it by now. */
export interface FilePlace {
  readonly directory: string;
  readonly home: () => string;
}

/** The functions on files and their paths. */
export function fileFunctions({ directory, home }: FilePlace): readonly (readonly [string, KnownFunction])[] {
  const absolute = (path: string) => resolve(directory, path);
  const stats = (path: string) => statsOf(absolute(path));
  const open: KnownFunction = (call) => openFile(call, directory);
  const makePath: KnownFunction = (call) => pathOf(call.positional.length === 0 ? "." : joinedArguments(call));
  const content = (call: Invocation, bytes: boolean) => {
    const [path, ...more] = call.positional;
    requireUtf8({ ...call, positional: more });
    return text(readFile(absolute(pathArgument(call, path)), bytes, call).text, bytes);
  };
  const onPath: readonly (readonly [string, string, (path: string, call: Invocation) => string | boolean])[] = [
    ["abspath", "absolute", absolute],
    ["realpath", "resolve", (path) => realPath(absolute(path))],
    ["expanduser", "expanduser", (path, call) => expandUser(path, home, call)],
    ["exists", "exists", (path) => stats(path) !== undefined],
    ["isfile", "is_file", (path) => stats(path)?.isFile() === true],
    ["isdir", "is_dir", (path) => stats(path)?.isDirectory() === true],
    ["isabs", "is_absolute", (path) => path.startsWith("/")],
    ["dirname", "", (path) => splitPath(path).head],
    ["basename", "", (path) => splitPath(path).tail],
    ["normpath", "", (path) => normalPath(path)],
    ["", "as_posix", (path) => path],
  ];
  return [
    ...["open", "io.open", "codecs.open", `${PATH_METHODS}open`].map((name) => [name, open] as const),
    ...["Path", "PurePath", "PosixPath"].map((name) => [`pathlib.${name}`, makePath] as const),
    ["pathlib.Path.cwd", () => pathOf(directory)],
    ["pathlib.Path.home", () => pathOf(home())],
    [`${PATH_METHODS}read_text`, (call) => content(call, false)],
    [`${PATH_METHODS}read_bytes`, (call) => content(call, true)],
    [`${PATH_METHODS}joinpath`, makePath],
    ["os.path.join", (call) => text(joinedArguments(call))],
    ["os.path.split", (call) => texts(splitPath(onlyPath(call)), "head", "tail")],
    ["os.path.splitext", (call) => texts(splitSuffix(onlyPath(call)), "stem", "suffix")],
    ...onPath.flatMap(([name, method, compute]) => {
      const value = (call: Invocation) => compute(onlyPath(call), call);
      const asText: KnownFunction = (call) => scalar(value(call), text);
      const asPath: KnownFunction = (call) => scalar(value(call), method === "as_posix" ? text : pathOf);
      return [[`os.path.${name}`, asText] as const, [`${PATH_METHODS}${method}`, asPath] as const];
    }),
  ];
}

function scalar(value: string | boolean, make: (value: string) => Value): Value {
  return typeof value === "boolean" ? bool(value) : make(value);
}

function pathOf(path: string): Value {
  return { kind: "path", value: purePath(path) };
}

function onlyPath(call: Invocation): string {
  return pathArgument(call, plainArguments(call, 1, 1)[0]);
}

function joinedArguments(call: Invocation): string {
  return joinPath(...plainArguments(call, 1, Number.POSITIVE_INFINITY).map((part) => pathArgument(call, part)));
}

function texts<Name extends string>(parts: Readonly<Record<Name, string>>, ...names: readonly Name[]): Value {
  return sequence(
    "tuple",
    names.map((name) => text(parts[name])),
  );
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    // Python, too, takes what it may not look at for absent.
    return undefined;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Python, too, gives the path itself when it cannot be followed.
    return path;
  }
}

function expandUser(path: string, home: () => string, call: Invocation): string {
  if (path === "~" || path.startsWith("~/")) return belowHome(home(), path.slice(1));
  if (path.startsWith("~")) return call.refuseUnread("the home directory of another user (~name) is not looked up");
  return path;
}

function openFile(call: Invocation, directory: string): Value {
  const [path, mode = call.keywords.get("mode") ?? text("r")] = call.positional;
  const letters = textArgument(call, mode);
  if (!/^(?:r|rt|rb|U|rU)$/.test(letters)) {
    call.refuseUnread(
      "a file can only be opened to be read",
      "to log to a file, use LogFile.fromFullPath(…) of Twisted",
    );
  }
  requireUtf8({ ...call, positional: [call.keywords.get("encoding") ?? text("utf-8")], keywords: new Map() });
  return readFile(resolve(directory, pathArgument(call, path)), letters.includes("b"), call);
}

function readFile(path: string, bytes: boolean, call: Invocation): FileValue {
  const reading = readRegularFile(path, TEXT_LIMIT_CHARS);
  if (!reading.ok) {
    const sentence = `error reading '${path}': ${reading.reason}`;
    const type = EXCEPTIONS[reading.reason];
    return type === undefined ? call.refuse(sentence) : call.raise(type, sentence);
  }
  const content = bytes ? reading.text : reading.text.replaceAll(/\r\n?/g, "\n");
  return { kind: "file", text: content, bytes, place: { at: 0 } };
}

/** `file.name(…)`, or undefined when this is no method that is known here. */
export function callFileMethod(file: FileValue, name: string, call: Invocation): Value | undefined {
  const { place } = file;
  if (name === "close") return NONE;
  if (name === "readlines") return sequence("list", linesOf(file));
  if (name !== "read" && name !== "readline") return undefined;
  const [given] = plainArguments(call, 0, 1);
  const rest = file.text.slice(place.at);
  const most = given === undefined || given.kind === "none" ? rest.length : intArgument(call, given);
  const line = name === "readline" ? (/[^\n]*\n?/.exec(rest)?.[0] ?? "") : rest;
  const taken = most < 0 ? line : Array.from(line).slice(0, most).join("");
  place.at += taken.length;
  return text(taken, file.bytes);
}

/** What an attribute of a Path is; undefined for a method. */
export function pathAttribute(path: string, name: string): Value | undefined {
  if (name === "parent") return { kind: "path", value: parentPath(path) };
  const { tail } = splitPath(path);
  if (name === "name") return text(tail === "." ? "" : tail);
  if (name === "stem") return text(splitSuffix(tail).stem);
  return name === "suffix" ? text(splitSuffix(tail).suffix) : undefined;
}
