// The functions of Python's own library that settings call: builtins, os, sys, platform, socket, json. Facts from the Python
// library reference. Knows no setting.
import { execFileSync } from "node:child_process";
import * as os from "node:os";
import { namePattern } from "../../base/name-pattern.ts";
import { platformName } from "../../base/platform.ts";
import { pairs, setEntry, sorted } from "./container-methods.ts";
import { exceptionNames, PythonException } from "./exceptions.ts";
import { fileFunctions } from "./files.ts";
import { converted, formatted } from "./format.ts";
import { parseJson } from "./json.ts";
import {
  type Invocation,
  intArgument,
  itemsArgument,
  type KnownFunction,
  type Library,
  plainArguments,
  textArgument,
} from "./known-function.ts";
import { orderOf } from "./operators.ts";
import {
  bool,
  type DictValue,
  describeValue,
  ITEMS_LIMIT,
  int,
  iterated,
  keyOf,
  NONE,
  numeric,
  object,
  pythonText,
  type SequenceValue,
  sequence,
  sizeOf,
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

/** What a program does to the process it runs in. The library computes it; whoever runs the workers applies it. */
export interface ProcessEffects {
  /** Variables that the file sets, or (undefined) deletes. */
  readonly environment: ReadonlyMap<string, string | undefined>;
  /** Of `os.umask`; undefined where the file does not call it. */
  readonly umask: number | undefined;
  /** The sum of its `os.nice` calls. */
  readonly niceness: number;
  /** Lines for the log: what the file printed, and which of its lines have no effect here. */
  readonly remarks: readonly string[];
}

export interface PythonLibrary extends Library {
  /** Until now. */
  effects(): ProcessEffects;
}

const LARGEST_UMASK = 0o777;

/** Each `print` and remark is bounded, and so are all of them. */
const REMARKS_LIMIT = 100;
const REMARK_LIMIT_CHARS = 1000;

/** Most characters of a name times those of its pattern. */
const PATTERN_WORK_LIMIT = 1_000_000;

/** How long the system may take to tell this host's full name. */
const NAME_LOOKUP_LIMIT_MS = 5000;

/** The library for one run of one file. */
export function pythonLibrary({ directory, environment }: Surroundings): PythonLibrary {
  const variables = environmentDict(environment);
  const remarks = new Set<string>();
  const log = (line: string) => {
    if (remarks.size < REMARKS_LIMIT) remarks.add(line.slice(0, REMARK_LIMIT_CHARS));
  };
  let umask: number | undefined;
  let niceness = 0;
  const variable = (name: string) => {
    const value = variables.entries.get(keyOf(text(name))!)?.value;
    return value === undefined ? undefined : pythonText(value);
  };
  const home = () => variable("HOME") ?? os.homedir();

  const setUmask: KnownFunction = (call) => {
    const before = umask ?? process.umask();
    umask = intArgument(call, plainArguments(call, 1, 1)[0]) & LARGEST_UMASK;
    return int(before);
  };
  const nice: KnownFunction = (call) => {
    niceness += intArgument(call, plainArguments(call, 1, 1)[0]);
    return int(os.getPriority() + niceness);
  };
  const print: KnownFunction = (call) => {
    const separator = call.keywords.get("sep") ?? NONE;
    log(call.positional.map((value) => shown(value, call)).join(separator.kind === "text" ? separator.value : " "));
    return NONE;
  };
  const getVariable: KnownFunction = (call) => {
    const [name, otherwise = NONE] = plainArguments(call, 1, 2);
    return variables.entries.get(keyOf(text(textArgument(call, name)))!)?.value ?? otherwise;
  };
  const user = () =>
    text(["LOGNAME", "USER", "LNAME", "USERNAME"].map(variable).find(Boolean) ?? os.userInfo().username);

  return {
    functions: new Map<string, KnownFunction>([
      ...BUILTINS,
      ...HOST,
      ...fileFunctions({ directory, home }),
      ["print", print],
      ["sys.stdout.write", print],
      ["sys.stderr.write", print],
      ["os.getenv", getVariable],
      ["os.getcwd", () => text(directory)],
      ["os.umask", setUmask],
      ["os.nice", nice],
      ["getpass.getuser", user],
      ["os.getlogin", user],
      ["os.path.expandvars", (call) => text(expanded(textArgument(call, call.positional[0]), variable))],
    ]),
    constants: new Map<string, Value>([...CONSTANTS, ["os.environ", variables]]),
    remark: (line, what) => log(`buildbot.tac, line ${line}: ${what} has no effect here`),
    effects: () => ({ environment: changes(environment, variables), umask, niceness, remarks: [...remarks] }),
  };
}

function environmentDict(environment: Surroundings["environment"]): DictValue {
  const entries: DictValue["entries"] = new Map();
  for (const [name, value] of Object.entries(environment)) {
    const key = text(name);
    if (value !== undefined) entries.set(keyOf(key)!, { key, value: tracedTo(new Set([name]), text(value)) });
  }
  return { kind: "dict", entries, isEnvironment: true };
}

function changes(before: Surroundings["environment"], after: DictValue): ProcessEffects["environment"] {
  const changed = new Map<string, string | undefined>();
  const names = new Set<string>();
  for (const { key, value } of after.entries.values()) {
    const name = pythonText(key)!;
    const set = pythonText(value)!;
    names.add(name);
    if (before[name] !== set) changed.set(name, set);
  }
  for (const name of Object.keys(before)) {
    if (before[name] !== undefined && !names.has(name)) changed.set(name, undefined);
  }
  return changed;
}

function expanded(path: string, variable: (name: string) => string | undefined): string {
  return path.replaceAll(
    /\$(?:(\w+)|\{([^{}]*)\})/g,
    (all, name: string | undefined, braced: string) => variable(name ?? braced) ?? all,
  );
}

/** What Python calls the systems that Node names otherwise. */
const SYSTEM_NAMES: Readonly<Record<string, string>> = {
  sunos: "sunos5",
  freebsd: `freebsd${os.release().split(".")[0]}`,
};

const CONSTANTS: readonly (readonly [string, Value])[] = [
  ["sys.platform", text(SYSTEM_NAMES[platformName] ?? platformName)],
  ["os.name", text("posix")],
  ["os.sep", text("/")],
  ["os.path.sep", text("/")],
  ["os.pathsep", text(":")],
  ["os.linesep", text("\n")],
  ["os.curdir", text(".")],
  ["sys.byteorder", text(os.endianness() === "LE" ? "little" : "big")],
  // Any Python that Buildbot 4 runs on has at least this version.
  [
    "sys.version_info",
    named(["major", "minor", "micro", "releaselevel", "serial"], [int(3), int(13), int(0), text("final"), int(0)]),
  ],
  ["sys.argv", sequence("list", [text("buildbot-worker")])],
  ["__name__", text("builtins")],
  ...exceptionNames.map((name) => [name, object(name)] as const),
];

function named(fields: readonly string[], items: Value[]): SequenceValue {
  return { kind: "sequence", type: "tuple", items, fields };
}

const HOST: readonly (readonly [string, KnownFunction])[] = [
  ["socket.gethostname", () => text(os.hostname())],
  ["socket.getfqdn", () => text(fullHostName(os.hostname()))],
  ["platform.node", () => text(os.hostname())],
  ["platform.system", () => text(os.type())],
  ["platform.release", () => text(os.release())],
  ["platform.version", () => text(os.version())],
  ["platform.machine", () => text(os.machine())],
  [
    "os.uname",
    () =>
      named(
        ["sysname", "nodename", "release", "version", "machine"],
        [os.type(), os.hostname(), os.release(), os.version(), os.machine()].map((part) => text(part)),
      ),
  ],
  ["os.cpu_count", () => int(os.cpus().length)],
  ["multiprocessing.cpu_count", () => int(os.cpus().length)],
  [
    "os.sched_getaffinity",
    () =>
      sequence(
        "view",
        Array.from({ length: os.availableParallelism() }, (_, index) => int(index)),
      ),
  ],
  ["os.getpid", () => int(process.pid)],
  ["os.getppid", () => int(process.ppid)],
  ["os.getuid", () => int(process.getuid?.() ?? 0)],
  ["os.geteuid", () => int(process.geteuid?.() ?? 0)],
  ["os.getgid", () => int(process.getgid?.() ?? 0)],
];

/** As Python's getfqdn: the first name with a dot of those that the host's address has, else the plain one. */
function fullHostName(name: string): string {
  const [address] = lookedUp(name);
  const names = address === undefined ? [] : lookedUp(address).slice(1);
  return names.find((each) => each.includes(".")) ?? names[0] ?? name;
}

/** An address and its names, as the C library finds them; Node has no lookup that can be waited for here. */
function lookedUp(name: string): readonly string[] {
  try {
    const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"];
    const answer = execFileSync("getent", ["hosts", name], { encoding: "utf8", timeout: NAME_LOOKUP_LIMIT_MS, stdio });
    return answer.split("\n", 1)[0]!.split(/\s+/).filter(Boolean);
  } catch {
    return []; // unknown, or a system without this program
  }
}

const BUILTINS: readonly (readonly [string, KnownFunction])[] = [
  ["int", toInteger],
  ["float", toFloat],
  ["str", (call) => text(call.positional.length === 0 ? "" : shown(plainArguments(call, 1, 1)[0]!, call))],
  ["repr", (call) => converted(onlyValue(call), "r") ?? unknown("repr", call)],
  [
    "format",
    (call) =>
      text(
        formatted(call.positional[0] ?? NONE, textArgument(call, call.positional[1] ?? text(""))) ??
          unknown("format", call),
      ),
  ],
  ["bool", (call) => bool(call.positional.length > 0 && (truth(onlyValue(call)) ?? unknown("bool", call)))],
  ["len", length],
  ["any", (call) => bool(items(call).some((item) => truth(item) ?? unknown("any", call)))],
  ["all", (call) => bool(items(call).every((item) => truth(item) ?? unknown("all", call)))],
  ["min", (call) => extreme(call, (order) => order < 0)],
  ["max", (call) => extreme(call, (order) => order > 0)],
  ["list", (call) => sequence("list", [...items(call)])],
  ["tuple", (call) => sequence("tuple", [...items(call)])],
  ["set", (call) => sequence("view", distinct(call))],
  ["frozenset", (call) => sequence("view", distinct(call))],
  ["sorted", (call) => sequence("list", [...sorted(itemsArgument(call, call.positional[0]), call)])],
  ["reversed", (call) => sequence("view", [...items(call)].reverse())],
  ["dict", toDict],
  ["range", range],
  ["enumerate", enumerate],
  ["zip", zip],
  ["fnmatch.fnmatch", fileNameMatches],
  ["fnmatch.fnmatchcase", fileNameMatches],
  ["json.loads", (call) => parseJson(textArgument(call, plainArguments(call, 1, 1)[0]), call)],
  ["json.load", loadJson],
  ...["sys.exit", "exit", "quit"].map((name) => [name, exit] as const),
  ...["setrlimit", "prlimit"].map((name) => [`resource.${name}`, refuseLimits] as const),
];

function onlyValue(call: Invocation): Value {
  return plainArguments(call, 1, 1)[0]!;
}

function items(call: Invocation): readonly Value[] {
  return call.positional.length === 0 ? [] : itemsArgument(call, plainArguments(call, 1, 1)[0]);
}

function unknown(name: string, call: Invocation): never {
  return call.refuseUnread(`${name}() of ${describeValue(call.positional[0] ?? NONE)} is not known`);
}

function shown(value: Value, call: Invocation): string {
  return pythonText(value) ?? call.refuseUnread(`str() of ${describeValue(value)} is not known`);
}

function toInteger(call: Invocation): Value {
  const [value = int(0), base] = plainArguments(call, 0, 2);
  const number = numeric(value);
  if (number !== undefined && base === undefined) return int(Math.trunc(number) + 0);
  if (value.kind !== "text") return notNumber(call, value);
  const parsed = parseInteger(value.value, base === undefined ? 10 : numeric(base));
  // The text is not quoted: it may be the wrong variable, and a password.
  return parsed === undefined ? call.raise("ValueError", "expected a text of digits, got another text") : int(parsed);
}

function notNumber(call: Invocation, value: Value): never {
  const reason = `expected a number or a text of digits, got ${describeValue(value)}`;
  return value.kind === "object" ? call.refuse(reason) : call.raise("TypeError", reason);
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

function toFloat(call: Invocation): Value {
  const [value = int(0)] = plainArguments(call, 0, 1);
  const number = numeric(value);
  if (number !== undefined) return { kind: "float", value: number };
  if (value.kind !== "text") return notNumber(call, value);
  const written = value.value.trim();
  const isNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(written);
  return isNumber
    ? { kind: "float", value: Number(written) }
    : call.raise("ValueError", "expected a text of digits, got another text");
}

function length(call: Invocation): Value {
  const value = onlyValue(call);
  const isText = value.kind === "text" && !(value.bytes && /[^\0-\x7f]/.test(value.value));
  return int(sizeOf(value) ?? (isText ? Array.from(value.value).length : unknown("len", call)));
}

function extreme(call: Invocation, isBetter: (order: number) => boolean): Value {
  const all = plainArguments(call, 1, ITEMS_LIMIT).length === 1 ? items(call) : call.positional;
  const [first, ...rest] = all;
  if (first === undefined) return call.raise("ValueError", "min or max of nothing");
  return rest.reduce((best, each) => {
    const order = orderOf(each, best);
    if (order === undefined) call.raise("TypeError", `${describeValue(best)} and ${describeValue(each)} have no order`);
    return isBetter(order) ? each : best;
  }, first);
}

function distinct(call: Invocation): Value[] {
  const found = new Map(items(call).map((item) => [keyOf(item) ?? unknown("set", call), item] as const));
  return [...found.values()];
}

function toDict(call: Invocation): Value {
  const made: DictValue = { kind: "dict", entries: new Map() };
  for (const [key, value] of pairs(call)) setEntry(made, key, value, call);
  return made;
}

function range(call: Invocation): Value {
  const given = plainArguments(call, 1, 3).map((value) => intArgument(call, value));
  const [from = 0, to = 0, step = 1] = given.length === 1 ? [0, ...given] : given;
  if (step === 0) call.raise("ValueError", "a range has the step 0");
  const size = Math.max(Math.ceil((to - from) / step), 0);
  if (size > ITEMS_LIMIT) call.refuseUnread(`a range has more than ${ITEMS_LIMIT} items`);
  return sequence(
    "view",
    Array.from({ length: size }, (_, index) => int(from + index * step)),
  );
}

function enumerate(call: Invocation): Value {
  const [list, start = call.keywords.get("start") ?? int(0)] = call.positional;
  const from = intArgument(call, start);
  return sequence(
    "view",
    itemsArgument(call, list).map((item, index) => sequence("tuple", [int(from + index), item])),
  );
}

function zip(call: Invocation): Value {
  const lists = plainArguments(call, 0, 10).map((list) => itemsArgument(call, list));
  const size = lists.length === 0 ? 0 : Math.min(...lists.map((list) => list.length));
  return sequence(
    "view",
    Array.from({ length: size }, (_, index) =>
      sequence(
        "tuple",
        lists.map((list) => list[index]!),
      ),
    ),
  );
}

function fileNameMatches(call: Invocation): Value {
  const [name = "", pattern = ""] = plainArguments(call, 2, 2).map((value) => textArgument(call, value));
  if (name.length * pattern.length > PATTERN_WORK_LIMIT)
    call.refuse("a name and its pattern are too long to be compared");
  return bool(namePattern(pattern)(name));
}

function loadJson(call: Invocation): Value {
  const file = plainArguments(call, 1, 1)[0]!;
  if (file.kind !== "file") return call.refuse(`expected an open file, got ${describeValue(file)}`);
  const [rest = ""] = [file.text.slice(file.place.at)];
  iterated(file);
  return parseJson(rest, call);
}

function exit(call: Invocation): never {
  const [value = NONE] = plainArguments(call, 0, 1);
  const code = value.kind === "none" ? 0 : numeric(value);
  const words = code === undefined ? shown(value, call) : "";
  throw new PythonException("SystemExit", call.line, words, { exitCode: code === undefined ? 1 : code & 0xff });
}

function refuseLimits(call: Invocation): never {
  return call.refuseUnread(
    "limits of the process cannot be set by this file",
    "set them where the worker is started: ulimit in a script, LimitNOFILE= and the like in a systemd unit",
  );
}
