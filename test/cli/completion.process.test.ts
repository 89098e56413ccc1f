// `buildhand completion`: runs the scripts in the real shells. Shells that are not installed are named in the report.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { subcommands } from "../../src/cli/subcommands.ts";

const PROGRAM = resolve("bin/buildhand.js");
const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

let place: string;

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), "buildhand-completion-"));
  mkdirSync(join(place, "some dir"));
  writeFileSync(join(place, "some file"), "");
  for (const shell of SHELLS) writeFileSync(join(place, shell), script(shell));
});
afterAll(() => rmSync(place, { recursive: true }));

function script(shell: Shell): string {
  return execFileSync(process.execPath, [PROGRAM, "completion", shell], { encoding: "utf8" });
}

/** The script that makes each shell print its candidates for the words of a line: one per line, possibly with a description. */
const asked: Readonly<Record<Shell, (words: readonly string[]) => string>> = {
  bash: (words) => `compopt() { :; }; . ${place}/bash
    COMP_WORDS=(${words
      .flatMap((word) => word.split(/(=)/))
      .map(quoted)
      .join(" ")}) COMP_CWORD=$((\${#COMP_WORDS[@]}-1))
    _buildhand; printf '%s\\n' "\${COMPREPLY[@]}"`,
  // What zsh's own functions are handed; they compare it with the word that is begun.
  zsh: (words) => `compdef() { : }; _describe() { print -rl -- "\${(@P)2}" }
    _arguments() { print -rl -- "$@"; return 1 }; . ${place}/zsh
    words=(${words.map(quoted).join(" ")}) CURRENT=$#words; _buildhand`,
  fish: (words) => `source ${place}/fish; complete -C ${quoted(words.join(" "))}`,
};

function quoted(word: string): string {
  return `'${word}'`;
}

function candidates(shell: Shell, words: readonly string[]): readonly string[] {
  const args = shell === "bash" ? ["--norc", "-c"] : shell === "zsh" ? ["-f", "-c"] : ["--no-config", "-c"];
  const { stdout, stderr } = spawnSync(shell, [...args, asked[shell](words)], {
    cwd: place,
    encoding: "utf8",
    env: { ...process.env, HOME: place },
  });
  expect(stderr).toBe("");
  return stdout.trim().split("\n");
}

function isInstalled(shell: Shell): boolean {
  return spawnSync(shell, ["-c", ":"]).error === undefined;
}

const firstWords = [...new Set(subcommands.map(({ name }) => name.replace(/ .*/, "")))];
const membersOf = (group: string) =>
  subcommands.filter(({ name }) => name.startsWith(`${group} `)).map(({ name }) => name.slice(group.length + 1));

describe.each(SHELLS)("%s", (shell) => {
  const lack = isInstalled(shell) ? "" : ` (left out: ${shell} is not installed)`;
  const candidatesOf = (...words: string[]) => candidates(shell, ["buildhand", ...words]);
  // Of `word:help`, `word<tab>help` and `--option[help]`.
  const names = (found: readonly string[]) => found.map((line) => line.replace(/[:\t[].*/, ""));

  test.skipIf(lack !== "")(`takes its script${lack}`, () => {
    const { status, stderr } = spawnSync(shell, ["-n", join(place, shell)], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });

  test.skipIf(lack !== "")(`offers every command, and the second words of those that have two${lack}`, () => {
    expect(names(candidatesOf(""))).toEqual(expect.arrayContaining(firstWords));
    expect(names(candidatesOf("help", ""))).toEqual(expect.arrayContaining(firstWords));
    expect(names(candidatesOf("master", ""))).toEqual(expect.arrayContaining(membersOf("master")));
    expect(names(candidatesOf("help", "master", ""))).toEqual(expect.arrayContaining(membersOf("master")));
  });

  test.skipIf(lack !== "")(`offers the options of the command, and the words that one of them takes${lack}`, () => {
    expect(candidatesOf("start", "--nod").join("\n")).toContain("--nodaemon");
    expect(candidatesOf("master", "start", "--nod").join("\n")).toContain("--nodaemon");
    expect(candidatesOf("stop", "--gr").join("\n")).toContain("--graceful");
    expect(candidatesOf("stop", "-").join("\n")).not.toContain("--nodaemon");
    expect(candidatesOf("start", "-").join("\n")).not.toContain("--in-background");
    const found = candidatesOf("start", "--leftovers=").join("\n");
    expect(found).toMatch(shell === "zsh" ? /--leftovers=\[.*\(keep kill\)/ : /keep[\s\S]*kill/);
  });

  test.skipIf(lack !== "")(
    `offers directories for a base directory, and files where a file is asked for${lack}`,
    () => {
      const [start, logfile, recipe] = [
        ["start", ""],
        ["start", "--logfile=some"],
        ["try", ""],
      ].map((words) => candidatesOf(...words).join("\n"));
      if (shell === "zsh") {
        expect([start, logfile, recipe]).toEqual([
          expect.stringContaining("*:directory:_files -/"),
          expect.stringMatching(/--logfile=\[.*\]:FILE:_files$/m),
          expect.stringContaining("*:file:_files"),
        ]);
        return;
      }
      expect(start).toContain("some dir");
      expect(start).not.toContain("some file");
      expect(logfile).toContain("some file");
      expect(recipe).toContain("some file");
    },
  );
});

test.each([[[]], [["csh"]], [["bash", "zsh"]]])(
  "arguments other than the name of one shell are refused: %j",
  (words) => {
    const { status, stdout } = spawnSync(process.execPath, [PROGRAM, "completion", ...words], { encoding: "utf8" });
    expect([status, stdout.trim().split("\n").at(-1)]).toEqual([1, "buildhand:  expected one of bash, zsh, fish"]);
  },
);
