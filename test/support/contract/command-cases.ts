// Paths, variables, shells, directories, encodings and error numbers, as a master sees them: by commands of the worker.
import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import type { CommandUpdate } from "../../../src/base/command-update.ts";
import { openTextEncoding } from "../../../src/base/encoding/open-encoding.ts";
import { type TextEncoding, utf8 } from "../../../src/base/encoding/text-encoding.ts";
import { systemRules } from "../../../src/base/system-rules.ts";
import { type ArgumentValue, type CommandFailure, joinPath, registry } from "../../../src/commands/index.ts";
import { holdPtyBinding } from "../../../src/process/pty/index.ts";
import { DEFAULT_RULES } from "../default-rules.ts";
import type { CasePlace, SystemCase } from "./system-case.ts";

/** Too long for the APIs of Windows that know no `\\?\`. */
const LONG_NAME = Array.from({ length: 6 }, () => "n".repeat(60)).join("/");
/** No program, shell or quoting may change them. */
const WORDS = ["a b", 'q"q', "", "é 世", "100%PATH%", "$HOME", "x&y", "(z)", "^", "back\\slash\\"];
const PRINT_WORDS = "console.log(JSON.stringify(process.argv.slice(1)))";
const IN_USE_MS = 400;

interface Report {
  readonly rc: number | undefined;
  readonly stdout: string;
  readonly header: string;
  readonly files: readonly string[];
  readonly failure: CommandFailure | undefined;
}

async function perform(
  place: CasePlace,
  name: string,
  args: Readonly<Record<string, ArgumentValue>>,
  encoding: TextEncoding = utf8,
): Promise<Report> {
  const updates: CommandUpdate[] = [];
  let failure: CommandFailure | undefined;
  const unused = (): never => {
    throw new Error("no file is sent");
  };
  const { directory, environment, pipes } = place;
  const started = registry.get(name)!.start(new Map(Object.entries(args)), {
    rules: { ...DEFAULT_RULES, secrets: DEFAULT_RULES.secrets, encoding },
    baseDirectory: directory,
    builderDirectory: directory,
    peer: {
      async update(some) {
        updates.push(...some.map((one) => ("text" in one ? { ...one, text: Buffer.from(one.text) } : one)));
        return true;
      },
      complete(reason) {
        failure = reason;
      },
      release() {},
      onCongestion() {},
      fileWriter: unused,
      fileReader: unused,
    },
    environment,
    pipes,
    ptyBinding: holdPtyBinding(),
    supervisor: undefined,
    clock: systemClock,
    onSurvivors() {},
    log() {},
  });
  await started.done;
  const textOf = (key: string) =>
    updates.map((one) => (one.key === key && "text" in one ? String(one.text) : "")).join("");
  return {
    rc: updates.flatMap((one) => (one.key === "rc" ? [one.rc] : [])).at(-1),
    stdout: textOf("stdout"),
    header: textOf("header"),
    files: updates.flatMap((one) => (one.key === "files" ? one.files : [])).toSorted(),
    failure,
  };
}

function shell(
  place: CasePlace,
  command: string | readonly string[],
  args: Readonly<Record<string, ArgumentValue>> = {},
) {
  return perform(place, "shell", { workdir: ".", command, logEnviron: false, ...args });
}

const node = (script: string, ...words: readonly string[]) => [process.execPath, "-e", script, ...words];

const pathCases: readonly SystemCase[] = [
  {
    name: "the master's relative paths are below the builder's directory, absolute ones stay",
    async result(place) {
      const absolute = joinPath(place.directory, "absolute");
      await perform(place, "mkdir", { dir: "one/two" });
      await perform(place, "mkdir", { dir: absolute });
      return ["one/two", "absolute"].map((name) => existsSync(join(place.directory, name)));
    },
    expected: [true, true],
  },
  {
    name: "`..` leads to the directory above",
    async result(place) {
      await perform(place, "mkdir", { dir: "one/../two" });
      return (await perform(place, "listdir", { dir: "one/.." })).files.includes("two");
    },
    expected: true,
  },
  {
    name: "names beyond ASCII are listed, and found by a pattern",
    async result(place) {
      writeFileSync(join(place.directory, "grün 世界.txt"), "");
      const listed = await perform(place, "listdir", { dir: "." });
      const found = await perform(place, "glob", { path: joinPath(place.directory, "gr*.txt") });
      return [listed.files, found.files.map((path) => path.slice(systemRules.lastSeparator(path) + 1))];
    },
    expected: [["grün 世界.txt"], ["grün 世界.txt"]],
  },
  {
    name: "a path of more than 300 characters is made, found, copied and removed",
    async result(place) {
      const made = await perform(place, "mkdir", { dir: `long/${LONG_NAME}` });
      const found = await perform(place, "stat", { file: `long/${LONG_NAME}` });
      const copied = await perform(place, "cpdir", { fromdir: "long", todir: "copy" });
      const isCopied = existsSync(join(place.directory, "copy", LONG_NAME));
      const removed = await perform(place, "rmdir", { dir: ["long", "copy"] });
      const isLeft = existsSync(join(place.directory, "long")) || existsSync(join(place.directory, "copy"));
      return [made, found, copied, removed].map(({ rc }) => rc).concat([Number(isCopied), Number(isLeft)]);
    },
    expected: [0, 0, 0, 0, 1, 0],
  },
];

const variableCases: readonly SystemCase[] = [
  {
    name: "a PATH that the master prepends to keeps the worker's, and is one variable",
    async result(place) {
      const first = joinPath(place.directory, "first");
      const names = "Object.keys(process.env).filter((name)=>/^path$/i.test(name)).length";
      const command = node(`console.log(JSON.stringify([process.env.PATH,${names}]))`);
      const { stdout } = await shell(place, command, { env: new Map([["PATH", [first, "${PATH}"]]]) });
      const [path, count] = JSON.parse(stdout) as [string, number];
      return [path === `${first}${systemRules.listSeparator}${place.environment["PATH"]}`, count];
    },
    expected: [true, 1],
  },
  {
    name: "a variable has the text that the master gives, and one without a value is not there",
    async result(place) {
      const command = node("console.log(JSON.stringify([process.env.OWN,process.env.GONE===undefined]))");
      const known = { ...place, environment: { ...place.environment, GONE: "1" } };
      const env = new Map([
        ["OWN", "é = %x%"],
        ["GONE", null],
      ]);
      return JSON.parse((await shell(known, command, { env })).stdout) as unknown;
    },
    expected: ["é = %x%", true],
  },
];

const shellCases: readonly SystemCase[] = [
  {
    name: "a list's words arrive unchanged",
    result: async (place) => JSON.parse((await shell(place, node(PRINT_WORDS, ...WORDS))).stdout) as unknown,
    expected: WORDS,
  },
  {
    name: "a text is run by the system's shell, whose exit code counts",
    async result(place) {
      const { stdout, rc } = await shell(place, "echo one&& echo two&& exit 7");
      return [stdout.split("\n").map((line) => line.trim()), rc];
    },
    expected: [["one", "two", ""], 7],
  },
  {
    name: "a text runs in the directory that the master names, which is made",
    async result(place) {
      const command = systemRules.quotedCommand(node("console.log(path.basename(process.cwd()))"));
      const { stdout } = await shell(place, command, { workdir: "a/größe" });
      return [stdout.trim(), existsSync(join(place.directory, "a", "größe"))];
    },
    expected: ["größe", true],
  },
  {
    name: "nothing is left of a command that was given as a text",
    async result(place) {
      await shell(place, "exit 0");
      return (await perform(place, "listdir", { dir: "." })).files.filter((name) => !name.startsWith(".buildhand"));
    },
    expected: [],
  },
  {
    name: "input reaches a text's programs",
    async result(place) {
      const command = systemRules.quotedCommand(node("process.stdin.pipe(process.stdout)"));
      return (await shell(place, command, { initial_stdin: "typed" })).stdout.trim();
    },
    expected: "typed",
  },
];

const treeCases: readonly SystemCase[] = [
  {
    name: "a directory with a read-only file is removed, and a missing one is no error",
    async result(place) {
      mkdirSync(join(place.directory, "tree", "deep"), { recursive: true });
      writeFileSync(join(place.directory, "tree", "deep", "file"), "", { mode: 0o444 });
      const { rc } = await perform(place, "rmdir", { dir: ["tree", "missing"] });
      return [rc, existsSync(join(place.directory, "tree"))];
    },
    expected: [0, false],
  },
  {
    name: "a directory with a file that another program has open for a moment is removed",
    async result(place) {
      mkdirSync(join(place.directory, "tree"));
      writeFileSync(join(place.directory, "tree", "file"), "");
      const close = place.openAlone(join(place.directory, "tree", "file"));
      const timer = setTimeout(close, IN_USE_MS);
      const { rc } = await perform(place, "rmdir", { dir: "tree" });
      clearTimeout(timer);
      return [rc, existsSync(join(place.directory, "tree"))];
    },
    expected: [0, false],
  },
  {
    name: "a copy has the content, and a read-only file stays one",
    async result(place) {
      const file = join(place.directory, "tree", "größe", "file");
      mkdirSync(join(place.directory, "tree", "größe"), { recursive: true });
      writeFileSync(file, "content", { mode: 0o444 });
      const { rc } = await perform(place, "cpdir", { fromdir: "tree", todir: "made/copy" });
      const copy = join(place.directory, "made", "copy", "größe", "file");
      const isWritable = (lstatSync(copy).mode & 0o222) !== 0;
      const content = readFileSync(copy, "utf8");
      for (const path of [file, copy]) await chmod(path, 0o666);
      return [rc, content, isWritable];
    },
    expected: [0, "content", false],
  },
];

/** Not under Wine, which makes no links: there test/base/windows/tree-work.test.ts has the rules of Windows. */
export const linkCases: readonly SystemCase[] = [
  {
    name: "a link is removed, and what it leads to stays",
    async result(place) {
      const [kept, tree] = ["kept", "tree"].map((name) => join(place.directory, name)) as [string, string];
      for (const path of [kept, tree]) mkdirSync(path);
      writeFileSync(join(kept, "file"), "");
      symlinkSync(kept, join(tree, "link"), "junction");
      const { rc } = await perform(place, "rmdir", { dir: "tree" });
      return [rc, existsSync(tree), existsSync(join(kept, "file"))];
    },
    expected: [0, false, true],
  },
];

const encodingCases: readonly SystemCase[] = [
  {
    name: "output is decoded in the worker's encoding",
    async result(place) {
      const command = node("process.stdout.write(Buffer.from([0x67,0x72,0xfc,0x6e,0x0a]))");
      const encoding = await openTextEncoding("cp1252");
      return (await perform(place, "shell", { workdir: ".", command, logEnviron: false }, encoding)).stdout;
    },
    expected: "grün\n",
  },
  {
    name: "a character that arrives in two pieces is one",
    async result(place) {
      const rest = "setTimeout(()=>process.stdout.write(Buffer.from([0xbc,0x0a])),300)";
      return (await shell(place, node(`process.stdout.write(Buffer.from([0xc3]));${rest}`))).stdout;
    },
    expected: "ü\n",
  },
  {
    name: "Python's names of encodings are known, and unknown ones are not",
    async result() {
      const names = ["utf-8", "latin_1", "cp437", "shift_jis", "no-such-encoding"];
      return (await Promise.all(names.map(openTextEncoding))).map((encoding) => encoding !== undefined);
    },
    expected: [true, true, true, true, false],
  },
];

const errorCases: readonly SystemCase[] = [
  {
    name: "errors have the numbers and the texts of POSIX",
    async result(place) {
      writeFileSync(join(place.directory, "file"), "");
      const reports = [
        await perform(place, "stat", { file: "missing" }),
        await perform(place, "listdir", { dir: "missing" }),
        await perform(place, "rmfile", { path: joinPath(place.directory, "missing") }),
        await perform(place, "mkdir", { dir: "file" }),
      ];
      return reports.map(({ rc, header }) => [rc, header.split(":")[1]?.trim()]);
    },
    expected: [
      [2, "No such file or directory"],
      [2, "No such file or directory"],
      [2, "No such file or directory"],
      [17, "File exists"],
    ],
  },
];

export const commandCases: readonly SystemCase[] = [
  ...pathCases,
  ...variableCases,
  ...shellCases,
  ...treeCases,
  ...encodingCases,
  ...errorCases,
];
