// The rule of the layers as a pure function over source text: which folder may import which, through which file, and what
// only some folders may touch. Does not know files on a disk; test/repo/layers.test.ts feeds it src/.
import { posix } from "node:path";
import { parseAst } from "vitest/node";

export interface SourceFile {
  /** Path from the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

interface Layer {
  /** Folders of src/, or single files of it, that may be imported besides the layer itself. */
  readonly mayImport: readonly string[];
  /** The only `node:` modules that may be imported; all of them when left out. */
  readonly nodeModules?: readonly string[];
  /** The packages from outside that may be imported. */
  readonly packages?: readonly string[];
  /** No `async`, no time, no randomness: the same input always gives the same output. */
  readonly pure?: true;
  /** May touch the command line, the exit status, the console and the signals of our own process. */
  readonly ownsProcess?: true;
}

const joining = ["base", "wire", "session", "transport", "process", "output", "commands", "config"];

/** The drawing in docs/design/layers.md, as a table. */
export const layers: Readonly<Record<string, Layer>> = {
  base: { mayImport: [], packages: ["iconv-lite"] },
  wire: { mayImport: ["base"], nodeModules: ["node:buffer", "node:crypto"], pure: true },
  session: { mayImport: ["base", "wire"] },
  transport: { mayImport: ["base"], packages: ["ws"] },
  process: { mayImport: ["base"] },
  output: { mayImport: ["base"] },
  config: { mayImport: ["base"] },
  commands: { mayImport: ["base", "process", "output"] },
  worker: { mayImport: joining },
  master: {
    mayImport: joining,
    packages: [
      "@photostructure/sqlite",
      "croner",
      "modern-tar",
      "valibot",
      "yaml",
      "hono",
      "hono/body-limit",
      "hono/cookie",
      "hono/html",
      "@hono/node-server",
    ],
  },
  daemon: { mayImport: ["base", "process", "worker", "master", "config", "transport"], ownsProcess: true },
  doctor: { mayImport: [...joining, "worker", "daemon"], packages: ["modern-tar"] },
  cli: { mayImport: [...joining, "worker", "master", "daemon", "doctor"], ownsProcess: true },
};

/**
 * Every folder of src/ is a module: others import its entry file and nothing else of it. That is index.ts, which only
 * re-exports, or one of these where one file is all that others need.
 */
const entryFiles: Readonly<Record<string, string>> = {
  cli: "main.ts",
  "cli/demo": "options.ts",
  "cli/master": "options.ts",
  "cli/relay": "options.ts",
  "cli/shims": "options.ts",
  "cli/tac": "options.ts",
  "cli/service": "options.ts",
  "cli/try": "options.ts",
  "commands/confine": "open-confinement.ts",
  "doctor/checks": "run-checks.ts",
  "doctor/master": "probe-master.ts",
  "master/web": "status-page.ts",
  "master/workers": "listener.ts",
  "master/workers/msgpack": "msgpack-connection.ts",
  "master/workers/pb": "pb-connection.ts",
  "process/log-files": "log-watch.ts",
  "worker/msgpack": "msgpack-connection.ts",
};

/** Drawers of files that stand alone, and floors that have rooms only. */
const OPEN_FOLDERS: ReadonlySet<string> = new Set(["base", "base/encoding", "process", "session", "wire"]);

/** Processes of their own, which nobody imports. */
const PROGRAMS: ReadonlySet<string> = new Set(["src/process/spawn/launcher-program.ts"]);

/** The only file that may ask which system this is. */
const PLATFORM_FILE = "src/base/platform.ts";

const IMPURE = new Set(["Date", "performance", "setTimeout", "setInterval", "setImmediate"]);
const SELECTORS_OF_SIGNALS = new Set(["on", "once", "addListener", "prependListener"]);

/** One sentence for each import, word or cycle that breaks the rules; none when all is well. */
export function layerFaults(files: readonly SourceFile[]): readonly string[] {
  const parsed = files.map((file) => ({ path: file.path, ...read(file) }));
  const imports = new Map(parsed.map((file) => [file.path, file.imports]));
  const faults = parsed.flatMap(({ path, imports: found, words, doesMoreThanExport }) => {
    const name = path.split("/")[1] ?? "";
    const layer = layers[name];
    if (layer === undefined) return [`${path} is in no layer: expected one of ${Object.keys(layers).join(", ")}`];
    const isIndex = posix.basename(path) === "index.ts";
    return [
      ...(isIndex && doesMoreThanExport ? [`${path} does more than re-export: an index is a list`] : []),
      ...(isIndex && path !== entryOf(posix.dirname(path)) ? [`${path} is not the entry file of its folder`] : []),
      ...found.flatMap((specifier) => importFault(path, specifier, name, layer) ?? entryFault(path, specifier)),
      ...(layer.pure ? words.impure.map((word) => `${path} uses ${word}: ${name}/ is pure and synchronous`) : []),
      ...(layer.ownsProcess || PROGRAMS.has(path)
        ? []
        : words.own.map((word) => `${path} uses ${word}: only cli/ and daemon/ may`)),
      ...(path === PLATFORM_FILE
        ? []
        : words.platform.map((word) => `${path} uses ${word}: only ${PLATFORM_FILE} may`)),
    ];
  });
  return [...faults, ...cycles(imports)];
}

function importFault(path: string, specifier: string, name: string, layer: Layer): readonly string[] | undefined {
  const allowed = `${name}/ may import ${[...layer.mayImport, ...(layer.nodeModules ?? [])].join(", ") || "nothing of ours"}`;
  if (!specifier.startsWith(".")) {
    const known = layer.nodeModules?.includes(specifier) ?? specifier.startsWith("node:");
    return known || layer.packages?.includes(specifier) ? undefined : [`${path} imports ${specifier}: ${allowed}`];
  }
  const target = resolve(path, specifier);
  if (!target.startsWith("src/")) return [`${path} imports ${specifier}: that leaves src/`];
  if (PROGRAMS.has(target)) return [`${path} imports ${specifier}: that is a program of its own`];
  const inside = target.slice("src/".length);
  const fine = [name, ...layer.mayImport].some((place) => inside === place || inside.startsWith(`${place}/`));
  return fine ? undefined : [`${path} imports ${specifier}: ${allowed}`];
}

/** The entry file of a folder, both from the root of the repository; undefined for an open folder. */
function entryOf(folder: string): string | undefined {
  const name = folder.slice("src/".length);
  return OPEN_FOLDERS.has(name) ? undefined : `${folder}/${entryFiles[name] ?? "index.ts"}`;
}

/** The outermost folder that the import goes into has an entry file, and that is what it must name. */
function entryFault(path: string, specifier: string): readonly string[] {
  if (!specifier.startsWith(".")) return [];
  const target = resolve(path, specifier);
  const names = posix.dirname(target).split("/");
  for (let depth = 2; depth <= names.length; depth += 1) {
    const folder = names.slice(0, depth).join("/");
    const entry = path.startsWith(`${folder}/`) ? undefined : entryOf(folder);
    if (entry !== undefined) return target === entry ? [] : [`${path} imports ${target} past ${entry}`];
  }
  return [];
}

function resolve(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier);
}

function cycles(imports: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const found: string[] = [];
  function visit(path: string, trail: readonly string[]): void {
    const start = trail.indexOf(path);
    if (start >= 0) found.push(`import cycle: ${[...trail.slice(start), path].join(" -> ")}`);
    if (start >= 0 || done.has(path)) return;
    for (const specifier of imports.get(path) ?? []) {
      if (specifier.startsWith(".")) visit(resolve(path, specifier), [...trail, path]);
    }
    done.add(path);
  }
  for (const path of imports.keys()) visit(path, []);
  return found;
}

interface Reading {
  readonly imports: readonly string[];
  /** Whether there is a statement that is no `export … from`. */
  readonly doesMoreThanExport: boolean;
  readonly words: Readonly<Record<"impure" | "own" | "platform", readonly string[]>>;
}

/** What is read of a node of the syntax tree (ESTree with TypeScript); every field is there on some types only. */
export interface SyntaxNode {
  readonly type: string;
  readonly start?: number;
  readonly end?: number;
  readonly init?: SyntaxNode | null;
  readonly regex?: { readonly pattern: string; readonly flags: string };
  readonly source?: unknown;
  readonly specifiers?: unknown;
  readonly imported?: unknown;
  readonly name?: unknown;
  readonly value?: unknown;
  readonly async?: unknown;
  readonly await?: unknown;
  readonly object?: unknown;
  readonly property?: unknown;
  readonly computed?: unknown;
  readonly callee?: SyntaxNode;
  readonly arguments?: unknown;
}

function read(file: SourceFile): Reading {
  const imports: string[] = [];
  const impure: string[] = [];
  const own: string[] = [];
  const platform: string[] = [];
  const program = parseAst(file.text, { lang: "ts", sourceType: "module" });
  for (const node of nodesOf(program)) {
    // every kind of import and `export … from` has its specifier here: static, dynamic, `import type`, `import("x").T`
    const specifier = literalText(node.source);
    if (specifier !== undefined) imports.push(specifier);
    if (node.async === true) impure.push("async");
    if (node.type === "AwaitExpression" || node.await === true) impure.push("await");
    if (node.type === "Identifier" && IMPURE.has(String(node.name))) impure.push(String(node.name));
    if (node.type === "Identifier" && node.name === "console") own.push("console");
    const selected = selection(node);
    if (selected === "Math.random") impure.push(selected);
    if (selected !== undefined && /^process\.(argv|exit)/.test(selected)) own.push(selected);
    if (selected !== undefined && /^(process|os)\.platform$/.test(selected)) platform.push(selected);
    if (/^(node:)?(process|os)$/.test(specifier ?? "")) {
      const names = importedNames(node);
      own.push(...names.filter((name) => /^(argv|exit)/.test(name)).map((name) => `process.${name}`));
      platform.push(...names.filter((name) => name === "platform"));
    }
    const signal = signalListenedTo(node);
    if (signal !== undefined) own.push(`process.on("${signal}")`);
  }
  const doesMoreThanExport = program.body.some(
    (node: SyntaxNode) => node.type === "ImportDeclaration" || literalText(node.source) === undefined,
  );
  return { imports, doesMoreThanExport, words: { impure, own, platform } };
}

/** `object.property` of a member expression between two plain names. */
function selection(node: SyntaxNode): string | undefined {
  if (node.type !== "MemberExpression") return undefined;
  const object = nameOf(node.object);
  const property = node.computed === true ? literalText(node.property) : nameOf(node.property);
  return object === undefined || property === undefined ? undefined : `${object}.${property}`;
}

function signalListenedTo(node: SyntaxNode): string | undefined {
  if (node.type !== "CallExpression" || !isNode(node.callee) || !Array.isArray(node.arguments)) return undefined;
  const [object, method] = selection(node.callee)?.split(".") ?? [];
  const event = literalText(node.arguments[0]);
  if (object !== "process" || !SELECTORS_OF_SIGNALS.has(method ?? "")) return undefined;
  return event?.startsWith("SIG") ? event : undefined;
}

function importedNames(node: SyntaxNode): readonly string[] {
  const specifiers = Array.isArray(node.specifiers) ? node.specifiers.filter(isNode) : [];
  return specifiers.map(({ imported }) => nameOf(imported)).filter((name) => name !== undefined);
}

export function* nodesOf(value: unknown, field = ""): Generator<SyntaxNode> {
  if (Array.isArray(value)) {
    for (const item of value) yield* nodesOf(item);
  } else if (isNode(value)) {
    // the property in `x.Date` and the key in `{ Date: 1 }` are not the global of that name
    if (value.type === "Identifier" && (field === "property" || field === "key")) return;
    yield value;
    for (const [name, inner] of Object.entries(value)) {
      yield* nodesOf(inner, value.computed === true ? "" : name);
    }
  }
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function nameOf(value: unknown): string | undefined {
  return isNode(value) && value.type === "Identifier" ? String(value.name) : undefined;
}

function literalText(value: unknown): string | undefined {
  return isNode(value) && value.type === "Literal" && typeof value.value === "string" ? value.value : undefined;
}
