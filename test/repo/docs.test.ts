// Documentation that a machine can check: error codes, links, the commands of the README, and words that never belong here.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { baseErrors, type ErrorDefinition } from "../../src/base/errors.ts";
import { cliErrors } from "../../src/cli/errors.ts";
import { subcommands } from "../../src/cli/subcommands.ts";
import { commandsErrors } from "../../src/commands/errors.ts";
import { configErrors } from "../../src/config/errors.ts";
import { daemonErrors } from "../../src/daemon/errors.ts";
import { masterErrors } from "../../src/master/errors.ts";
import { outputErrors } from "../../src/output/errors.ts";
import { processErrors } from "../../src/process/errors.ts";
import { sessionErrors } from "../../src/session/errors.ts";
import { transportErrors } from "../../src/transport/errors.ts";
import { wireErrors } from "../../src/wire/errors.ts";
import { workerErrors } from "../../src/worker/errors.ts";
import { commandsOf, commandsRun, pagesWithCommands, RUN_BY_CI } from "./page-commands.ts";

const NOT_OURS = new Set(["node_modules", "dist", ".cache", "coverage", ".git"]);
const TEXT = /(?:\.(?:ts|js|json|md|py|sh|txt|tac|cfg)|\.gitignore|LICENSE|\.ci\/run)$/;

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

/** Options of `create-worker` in the manual's chapter. */
const fromManual = [
  "no-logrotate",
  "umask",
  "keepalive",
  "maxdelay",
  "maxretries",
  "log-size",
  "log-count",
  "allow-shutdown",
  "use-tls",
  "delete-leftover-dirs",
];

/** The tables of all layers. */
const allErrors = [
  baseErrors,
  cliErrors,
  commandsErrors,
  configErrors,
  daemonErrors,
  masterErrors,
  outputErrors,
  processErrors,
  sessionErrors,
  transportErrors,
  wireErrors,
  workerErrors,
].flatMap((rows): ErrorDefinition<never>[] => Object.values(rows));

const texts = filesBelow(".").filter((path) => TEXT.test(path));
const pages = texts.filter((path) => path.endsWith(".md"));

test("every error code is explained in docs/reference/errors.md with who must act, and no other", () => {
  const rows = readFileSync("docs/reference/errors.md", "utf8").matchAll(
    /^\| `(ERR_\w+)` \| (\w+) \| (.+) \| (.+) \|$/gm,
  );
  const explained = [...rows].map(([, code, family]) => `${code}: ${family}`);
  expect(explained.sort()).toEqual(allErrors.map(({ code, family }) => `${code}: ${family}`).sort());
});

test.each(pages)("every relative link of %s leads to a file and its section", (page) => {
  const prose = readFileSync(page, "utf8")
    .replaceAll(/^```.*?^```/gms, "")
    .replaceAll(/`[^`]*`/g, "");
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  const relative = links.filter((link) => !/^(?:https?:|mailto:)/.test(link));
  expect(relative.filter((link) => !leadsSomewhere(page, link))).toEqual([]);
});

/** To a file, and if it names one, to a section of a page. */
function leadsSomewhere(page: string, link: string): boolean {
  const [file = "", section] = link.split("#");
  const path = file === "" ? page : join(dirname(page), file);
  return existsSync(path) && (section === undefined || sectionsOf(path).includes(section));
}

/** The sections of a page, as links name them. */
function sectionsOf(page: string): readonly string[] {
  const headings = readFileSync(page, "utf8").matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\-_ ]/gu, "")
      .replaceAll(" ", "-"),
  );
}

test("only the README and the guide have blocks of commands, which are tested", () => {
  const others = pages.filter((page) => !pagesWithCommands().includes(page));
  expect(others.filter((page) => /^```(?:sh|bash|shell|console)/m.test(readFileSync(page, "utf8")))).toEqual([]);
});

test.each(pagesWithCommands())("every command of %s is run by a test or by continuous integration", (page) => {
  const run = new Set(commandsRun());
  expect(commandsOf(page).filter((command) => !run.has(command))).toEqual([]);
});

test.each(RUN_BY_CI)("continuous integration runs the README's `%s`", (command) => {
  const lines = readFileSync(".ci/run", "utf8")
    .split("\n")
    .map((line) => line.trim());
  expect(lines.filter((line) => line === command || line.startsWith(`${command} 2>&1 | tee `))).toHaveLength(1);
});

test("the README stays short", () => {
  expect(readFileSync("README.md", "utf8").split("\n").length).toBeLessThanOrEqual(150);
});

test("the README, the guide and the design pages together have at most 15 000 words", () => {
  const printed = execFileSync(process.execPath, ["scripts/size.js"], { encoding: "utf8" });
  const [, words, limit] =
    /^(\d+) words in README\.md, docs\/guide\/ and docs\/design\/, of at most (\d+)/m.exec(printed) ?? [];
  expect(limit).toBe("15000");
  expect(Number(words)).toBeLessThanOrEqual(15_000);
});

test("no file names a place that a clone does not have", () => {
  // put together here, so that this file does not name them either
  const everywhere = [["..", "shared"].join("/"), ["", "work", ""].join("/")];
  const scratch = ["", "tmp", "bbv"].join("/");
  const faults = texts.flatMap((path) => {
    const text = readFileSync(path, "utf8");
    const forbidden = path.startsWith(join("test", "vectors")) ? everywhere : [...everywhere, scratch];
    return forbidden.filter((word) => text.includes(word)).map((word) => `${path}: ${word}`);
  });
  expect(faults).toEqual([]);
});

test("every file that a page about the code names is there", () => {
  const aboutCode = pages.filter((page) => page.startsWith(join("docs", "design")) || page === "CONTRIBUTING.md");
  const named = aboutCode
    .map((page) => readFileSync(page, "utf8"))
    .flatMap((page) => [...page.matchAll(/`([\w-]+(?:\/[\w-]+)+(?:\.test)?(?:\.\w+)?\.(?:ts|js|json))`/g)]);
  const paths = named.map(([, path = ""]) => path);
  expect(paths.length).toBeGreaterThan(40);
  expect(paths.filter((path) => !existsSync(path) && !existsSync(`src/${path}`))).toEqual([]);
});

test("every section of the protocol pages that a comment names is there", () => {
  const references = texts
    .filter((path) => /^(?:src|test)\/.*\.ts$/.test(path))
    .flatMap((path) => [...readFileSync(path, "utf8").matchAll(/\b([\w-]+\.md) §([\d.]*\d)/g)])
    .map(([, page = "", section = ""]) => ({ page: join("docs/reference/protocol", page), section }));
  expect(references.length).toBeGreaterThan(20);
  const missing = references.filter(
    ({ page, section }) =>
      !new RegExp(`^##+ ${section.replace(".", "\\.")}\\.? `, "m").test(readFileSync(page, "utf8")),
  );
  expect(missing).toEqual([]);
});

test("the set-up guide has the words that a reader of Buildbot's manual looks for", () => {
  const page = readFileSync("docs/guide/set-up.md", "utf8").toLowerCase();
  const options = fromManual.map((name) => `--${name}`);
  const words = [
    "usepty",
    "unicode_encoding",
    "connection_string",
    "symbolic links",
    "rotate",
    "info/admin",
    "access_uri",
  ];
  expect([...options, ...words].filter((word) => !page.includes(word))).toEqual([]);
  const known = subcommands.find(({ name }) => name === "create-worker")?.options.map(({ name }) => name) ?? [];
  expect(fromManual.filter((name) => !known.includes(name))).toEqual([]);
});
