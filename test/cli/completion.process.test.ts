// `buildhand completion`: runs the scripts in the real shells. Shells that are not installed are named in the report.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandLine, commandNames } from "./command-line.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

let place: string;

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "buildhand-completion-"));
  mkdirSync(join(place, "some dir"));
  writeFileSync(join(place, "some file"), "");
  for (const shell of SHELLS) {
    writeFileSync(join(place, shell), (await commandLine(["completion", shell])).printed);
  }
});
afterAll(() => rmSync(place, { recursive: true }));

/** Ends the candidates for one line. */
const SEPARATOR = "====\n";

/** The script that makes each shell print its candidates for the words of lines: one per line, possibly with a description. */
const asked: Readonly<Record<Shell, readonly [first: () => string, forLine: (words: readonly string[]) => string]>> = {
  bash: [
    () => `compopt() { :; }; . ${place}/bash`,
    (words) => `COMPREPLY=() COMP_WORDS=(${words
      .flatMap((word) => word.split(/(=)/))
      .map(quoted)
      .join(" ")}) COMP_CWORD=$((\${#COMP_WORDS[@]}-1))
    _buildhand; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ],
  // What zsh's own functions are handed; they compare it with the word that is begun.
  zsh: [
    () => `compdef() { : }; _describe() { print -rl -- "\${(@P)2}" }
    _arguments() { print -rl -- "$@"; return 1 }; . ${place}/zsh`,
    (words) => `words=(${words.map(quoted).join(" ")}) CURRENT=$#words; _buildhand`,
  ],
  fish: [() => `source ${place}/fish`, (words) => `complete -C ${quoted(words.join(" "))}`],
};

function quoted(word: string): string {
  return `'${word}'`;
}

/** For each line those of its last word. */
function candidates(shell: Shell, lines: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const [first, forLine] = asked[shell];
  const script = [first(), ...lines.map((words) => `${forLine(words)}\nprintf '${SEPARATOR.trim()}\\n'`)].join("\n");
  const args = shell === "bash" ? ["--norc", "-c"] : shell === "zsh" ? ["-f", "-c"] : ["--no-config", "-c"];
  const { stdout, stderr } = spawnSync(shell, [...args, script], {
    cwd: place,
    encoding: "utf8",
    env: { ...process.env, HOME: place },
  });
  expect(stderr).toBe("");
  return stdout.split(SEPARATOR).map((found) => found.trim().split("\n"));
}

function isInstalled(shell: Shell): boolean {
  return spawnSync(shell, ["-c", ":"]).error === undefined;
}

const commands = await commandNames();
const firstWords = [...new Set(commands.map((name) => name.replace(/ .*/, "")))];
const membersOf = (group: string) =>
  commands.filter((name) => name.startsWith(`${group} `)).map((name) => name.slice(group.length + 1));

describe.each(SHELLS)("%s", (shell) => {
  const lack = isInstalled(shell) ? "" : ` (left out: ${shell} is not installed)`;
  const candidatesOf = (...lines: string[]) =>
    candidates(
      shell,
      lines.map((line) => ["buildhand", ...line.split(" ")]),
    );
  // Of `word:help`, `word<tab>help` and `--option[help]`.
  const names = (found: readonly string[]) => found.map((line) => line.replace(/[:\t[].*/, ""));

  test.skipIf(lack !== "")(`takes its script${lack}`, () => {
    const { status, stderr } = spawnSync(shell, ["-n", join(place, shell)], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });

  test.skipIf(lack !== "")(`offers every command, and the second words of those that have two${lack}`, () => {
    const [all, afterHelp, members, membersAfterHelp] = candidatesOf("", "help ", "master ", "help master ").map(names);
    for (const found of [all, afterHelp]) expect(found).toEqual(expect.arrayContaining(firstWords));
    for (const found of [members, membersAfterHelp]) expect(found).toEqual(expect.arrayContaining(membersOf("master")));
  });

  test.skipIf(lack !== "")(`offers the options of the command, and the words that one of them takes${lack}`, () => {
    const lines = ["start --nod", "master start --nod", "stop --gr", "stop -", "start -", "start --leftovers="];
    const [start, startMaster, stop, allOfStop, allOfStart, leftovers] = candidatesOf(...lines).map((found) =>
      found.join("\n"),
    );
    for (const found of [start, startMaster]) expect(found).toContain("--nodaemon");
    expect(stop).toContain("--graceful");
    expect(allOfStop).not.toContain("--nodaemon");
    expect(allOfStart).not.toContain("--in-background");
    expect(leftovers).toMatch(shell === "zsh" ? /--leftovers=\[.*\(keep kill\)/ : /keep[\s\S]*kill/);
  });

  test.skipIf(lack !== "")(
    `offers directories for a base directory, and files where a file is asked for${lack}`,
    () => {
      const [start, logfile, recipe] = candidatesOf("start ", "start --logfile=some", "try ").map((found) =>
        found.join("\n"),
      );
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
  async (words) => {
    const { code, printed } = await commandLine(["completion", ...words]);
    expect([code, printed.trim().split("\n").at(-1)]).toEqual([1, "buildhand:  expected one of bash, zsh, fish"]);
  },
);
