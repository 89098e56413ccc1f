// The functions of Python's library that settings use: builtins, os, sys, platform, socket, json. Facts from the Python
// library reference.
import { execFileSync } from "node:child_process";
import * as os from "node:os";
import { namePattern } from "../../base/name-pattern.ts";
import { platformName } from "../../base/platform.ts";
import { systemRules } from "../../base/system-rules.ts";
import { containerMethods } from "./container-methods.ts";
import { exceptionNames, PythonException } from "./exceptions.ts";
import { fileFunctions } from "./files.ts";
import { converted } from "./format.ts";
import { parseJson } from "./json.ts";
import {
  type CallResult,
  INT,
  type Invocation,
  ITEMS,
  type KnownFunctions,
  type Library,
  mayHave,
  resultValue,
  TEXT,
  takes,
  VALUE,
} from "./known-function.ts";
import { orderOf } from "./operators.ts";
import { textMethods } from "./text-methods.ts";
import {
  type DictValue,
  describeValue,
  dict,
  ITEMS_LIMIT,
  keyOf,
  listOf,
  NONE,
  numeric,
  pythonText,
  sizeOf,
  text,
  tracedTo,
  truth,
  tupleOf,
  type Value,
  viewOf,
} from "./value.ts";

/** The surroundings of a program. */
export interface Surroundings {
  /** Absolute: the worker's working directory, for relative paths. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The effects of a program on its process. The library computes them, and the process that runs the workers applies them. */
export interface ProcessEffects {
  /** Variables that the file sets, or (undefined) deletes. */
  readonly environment: ReadonlyMap<string, string | undefined>;
  /** From `os.umask`; undefined if the file does not call it. */
  readonly umask: number | undefined;
  /** The sum of its `os.nice` calls. */
  readonly niceness: number;
  /** Lines for the log: the file's output, and its lines without effect. */
  readonly remarks: readonly string[];
}

export interface PythonLibrary extends Library {
  /** The effects until now. */
  effects(): ProcessEffects;
}

const LARGEST_UMASK = 0o777;

/** Limits of the number of remarks of a file, and of the characters of one. */
const REMARKS_LIMIT = 100;
const REMARK_LIMIT_CHARS = 1000;

/** Limit of the length of a name times the length of its pattern. */
const PATTERN_WORK_LIMIT = 1_000_000;

/** Timeout for the lookup of this host's full name. */
const NAME_LOOKUP_LIMIT_MS = 5000;

/** A program of the C library, found in PATH. */
const NAME_PROGRAM = "getent";

/** The library for one run of one file. */
export function pythonLibrary({ directory, environment }: Surroundings): PythonLibrary {
  const variables = environmentDict(environment);
  const remarks = new Set<string>();
  let umask: number | undefined;
  let niceness = 0;
  const log = (line: string): null => {
    if (remarks.size < REMARKS_LIMIT) remarks.add(line.slice(0, REMARK_LIMIT_CHARS));
    return null;
  };
  const print = ({ positional, keywords }: Invocation): CallResult => {
    const separator = keywords.get("sep");
    const words = positional.map((value) => pythonText(value) ?? describeValue(value));
    return log(words.join(separator?.kind === "text" ? separator.value : " "));
  };
  const variable = (name: string): Value | undefined => variables.entries.get(keyOf(text(name))!)?.[1];
  const user = (): CallResult => {
    return ["LOGNAME", "USER", "LNAME", "USERNAME"].map(variable).find(Boolean) ?? os.userInfo().username;
  };
  const home = () => pythonText(variable(systemRules.homeVariable) ?? text(os.homedir()))!;
  const own: KnownFunctions = {
    print: print,
    "sys.stdout.write": print,
    "sys.stderr.write": print,
    "os.getenv": takes([TEXT, mayHave(VALUE)], (_, name, otherwise = NONE) => variable(name) ?? otherwise),
    "os.getcwd": () => directory,
    "getpass.getuser": user,
    "os.umask": takes([INT], (_, mask) => {
      const before = umask ?? process.umask();
      umask = mask & LARGEST_UMASK;
      return before;
    }),
    "os.nice": takes([INT], (_, more) => {
      niceness += more;
      return os.getPriority() + niceness;
    }),
  };
  return {
    functions: new Map(
      [BUILTINS, textMethods, containerMethods, fileFunctions({ directory, home }), own].flatMap(Object.entries),
    ),
    constants: new Map<string, Value>([...CONSTANTS, ["os.environ", variables]]),
    remarks,
    remark: (line, what) => log(`buildbot.tac, line ${line}: ${what} has no effect here`),
    effects: () => ({ environment: changes(environment, variables), umask, niceness, remarks: [...remarks] }),
  };
}

function environmentDict(environment: Surroundings["environment"]): Value & DictValue {
  const entries = Object.entries(environment).flatMap(([name, value]) => {
    const key = text(name);
    return value === undefined ? [] : [[keyOf(key)!, [key, tracedTo(new Set([name]), text(value))]] as const];
  });
  return { ...dict(entries), isEnvironment: true };
}

function changes(before: Surroundings["environment"], { entries }: DictValue): ProcessEffects["environment"] {
  const after = new Map([...entries.values()].map(([key, value]) => [pythonText(key)!, pythonText(value)] as const));
  const names = new Set([...Object.keys(before), ...after.keys()]);
  return new Map([...names].filter((name) => before[name] !== after.get(name)).map((name) => [name, after.get(name)]));
}

/** Python's names of systems for which Node.js has a different name. */
const SYSTEMS: Readonly<Record<string, string>> = { sunos: "sunos5", freebsd: `freebsd${os.release().split(".")[0]}` };

const CONSTANTS: readonly (readonly [string, Value])[] = [
  ["sys.platform", text(SYSTEMS[platformName] ?? platformName)],
  ["os.name", text(systemRules.name)],
  // The name of the module in which twistd runs a file.
  ["__name__", text("builtins")],
  ["os.sep", text(systemRules.separator)],
  ["os.path.sep", text(systemRules.separator)],
  ["os.pathsep", text(systemRules.listSeparator)],
  ["os.linesep", text(systemRules.lineEnd)],
  // It only matters that it is a recent Python 3.
  ["sys.version_info", namedTuple({ major: 3, minor: 13, micro: 0 })],
];

function namedTuple(values: Readonly<Record<string, string | number>>): Value {
  return { ...tupleOf(Object.values(values).map(resultValue)), fields: Object.keys(values) };
}

/** `SystemExit(…)` is only used to be raised, so it is the same as `sys.exit(…)`. */
const EXCEPTIONS = exceptionNames.filter((name) => name !== "SystemExit");

const BUILTINS: KnownFunctions = {
  "socket.gethostname": os.hostname,
  "platform.node": os.hostname,
  "socket.getfqdn": takes([], () => (ownFullName ??= fullHostName(os.hostname()))),
  "platform.system": os.type,
  "platform.release": os.release,
  "platform.version": os.version,
  "platform.machine": os.machine,
  "os.uname": () =>
    namedTuple({
      sysname: os.type(),
      nodename: os.hostname(),
      release: os.release(),
      version: os.version(),
      machine: os.machine(),
    }),
  "os.cpu_count": () => os.cpus().length,
  "multiprocessing.cpu_count": () => os.cpus().length,
  "os.sched_getaffinity": () => viewOf(Array.from({ length: os.availableParallelism() }, () => NONE)),
  "os.getpid": () => process.pid,
  "os.getuid": () => process.getuid?.(),
  "os.geteuid": () => process.geteuid?.(),
  int: takes([mayHave(VALUE), mayHave(VALUE, "base")], toInteger),
  float: takes([VALUE], toFloat),
  str: takes([mayHave(VALUE)], (_, value = text("")) => pythonText(value)),
  repr: takes([VALUE], (_, value) => converted(value, "r")),
  bool: takes([mayHave(VALUE)], (_, value = NONE) => truth(value)),
  len: takes(
    [VALUE],
    (_, value) => sizeOf(value) ?? (value.kind === "text" ? Array.from(value.value).length : undefined),
  ),
  min: (call) => extreme(call, -1),
  max: (call) => extreme(call, 1),
  list: takes([mayHave(ITEMS)], (_, items: readonly Value[] = []) => listOf([...items])),
  tuple: takes([mayHave(ITEMS)], (_, items: readonly Value[] = []) => tupleOf([...items])),
  set: takes([mayHave(ITEMS)], (_, items: readonly Value[] = []) => distinct(items)),
  reversed: takes([ITEMS], (_, items) => viewOf(items.toReversed())),
  range: takes([INT, mayHave(INT), mayHave(INT)], range),
  enumerate: takes([ITEMS, mayHave(INT, "start")], (_, items, start = 0) =>
    pairs(items, (item, index) => [resultValue(start + index), item]),
  ),
  zip: takes([ITEMS, ITEMS], (_, items, others) =>
    pairs(items.slice(0, others.length), (item, index) => [item, others[index]!]),
  ),
  "fnmatch.fnmatch": takes([TEXT, TEXT], nameMatches),
  "fnmatch.fnmatchcase": takes([TEXT, TEXT], nameMatches),
  "json.loads": takes([TEXT], parseJson),
  "json.load": takes([ITEMS], (call, lines) => parseJson(call, lines.map((line) => TEXT.read(call, line)).join(""))),
  "sys.exit": takes([mayHave(VALUE)], exit),
  exit: takes([mayHave(VALUE)], exit),
  SystemExit: takes([mayHave(VALUE)], exit),
  "resource.setrlimit": refuseLimits,
  ...Object.fromEntries(
    EXCEPTIONS.map((type) => [type, takes([mayHave(VALUE)], (_, value) => exceptionOf(type, value))]),
  ),
};

/** Looked up once, because it may be slow. */
let ownFullName: string | undefined;

/** As Python's getfqdn: the first name of the host's address with a dot, or the first name, or the plain one. */
function fullHostName(name: string): string {
  const [address] = lookedUp(name);
  const names = address === undefined ? [] : lookedUp(address).slice(1);
  return names.find((each) => each.includes(".")) ?? names[0] ?? name;
}

/** An address and its names from the C library, because Node.js has no synchronous lookup. */
function lookedUp(name: string): readonly string[] {
  try {
    const answer = execFileSync(NAME_PROGRAM, ["hosts", name], {
      encoding: "utf8",
      timeout: NAME_LOOKUP_LIMIT_MS,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return answer.split("\n", 1)[0]!.split(/\s+/).filter(Boolean);
  } catch {
    return []; // unknown, or a system without this program
  }
}

function toInteger(call: Invocation, value: Value = text("0"), base?: Value): CallResult {
  const number = numeric(value);
  if (number !== undefined && base === undefined) return Math.trunc(number) + 0;
  if (value.kind !== "text") return notNumber(call, value);
  // The message does not contain the text, which may be a password from a wrong variable.
  return parseInteger(value.value, base === undefined ? 10 : numeric(base)) ?? call.raise("ValueError", NO_NUMBER);
}

const NO_NUMBER = "expected a string of digits, got another string";

function notNumber(call: Invocation, value: Value): never {
  const reason = `expected a number or a string of digits, got ${describeValue(value)}`;
  return value.kind === "object" ? call.refuseUnread(reason) : call.raise("TypeError", reason);
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

function toFloat(call: Invocation, value: Value): CallResult {
  const written = value.kind === "text" ? value.value.trim() : "";
  const isNumber = /^[+-]?(?=\.?\d)\d*(?:\.\d*)?(?:e[+-]?\d+)?$/i.test(written);
  const number = numeric(value) ?? (isNumber ? Number(written) : undefined);
  if (number !== undefined) return { kind: "float", value: number };
  return value.kind === "text" ? call.raise("ValueError", NO_NUMBER) : notNumber(call, value);
}

function extreme(call: Invocation, sign: 1 | -1): CallResult {
  const [first, ...more] = call.positional;
  if (first === undefined || call.keywords.size > 0) return undefined;
  const all = more.length === 0 ? ITEMS.read(call, first) : call.positional;
  if (all.length === 0) return call.raise("ValueError", "min or max of nothing");
  return all.reduce((best, each) => {
    const order =
      orderOf(each, best) ?? call.refuseUnread(`${describeValue(best)} and ${describeValue(each)} have no order`);
    return order * sign > 0 ? each : best;
  });
}

function distinct(items: readonly Value[]): CallResult {
  const found = new Map(items.map((item) => [keyOf(item), item] as const));
  return found.has(undefined) ? undefined : viewOf([...found.values()]);
}

function range(call: Invocation, first: number, end?: number, step = 1): CallResult {
  const [from, to] = end === undefined ? [0, first] : [first, end];
  const size = Math.max(Math.ceil((to - from) / step), 0);
  if (!(size <= ITEMS_LIMIT)) return call.refuseUnread(`a range has more than ${ITEMS_LIMIT} items`);
  return viewOf(Array.from({ length: size }, (_, index) => resultValue(from + index * step)));
}

function pairs(items: readonly Value[], pair: (item: Value, index: number) => Value[]): Value {
  return viewOf(items.map((item, index) => tupleOf(pair(item, index))));
}

function nameMatches(call: Invocation, name: string, pattern: string): boolean {
  if (name.length * pattern.length > PATTERN_WORK_LIMIT)
    call.refuse("a name and its pattern are too long to be compared");
  return namePattern(pattern)(name);
}

function exceptionOf(type: string, value: Value = NONE): Value {
  return { kind: "exception", type, words: value.kind === "none" ? "" : (pythonText(value) ?? describeValue(value)) };
}

/** A number is the exit status; anything else is the message. */
function exit(call: Invocation, value: Value = NONE): never {
  const code = value.kind === "none" ? 0 : numeric(value);
  const words = code === undefined ? (pythonText(value) ?? describeValue(value)) : "";
  throw new PythonException("SystemExit", call.line, words, code === undefined ? 1 : code & 0xff);
}

function refuseLimits(call: Invocation): never {
  return call.refuseUnread(
    "limits of the process cannot be set by this file",
    "set them where the worker is started: ulimit in a script, LimitNOFILE= and similar in a systemd unit",
  );
}
