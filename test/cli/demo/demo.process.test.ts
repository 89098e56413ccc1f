// The demo as a newcomer sees it: with hardly any programs, offline, and with nothing left of it however it ends.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listen, plainServer } from "../../support/listening.ts";
import { poll } from "../../support/poll.ts";
import { rareTest, rowsOf, sized } from "../../support/sized.ts";
import { Place, type Run } from "../program.ts";

const TEST_LIMIT_MS = 120_000;

/** Makes many files in its directory, and one more once some of them have gone. */
const WRITING_GIT = `#!/bin/sh
test "$1" = init || exit 1
PATH=/usr/bin:/bin
for i in $(seq 5000); do : >"f$i"; done
: >"$TMPDIR/../many"
while test -e f1 && test -e f1000 && test -e f2000 && test -e f3000 && test -e f4000; do :; done
: >"$TMPDIR/../late"
: >late
`;

/** Debian's coreutils, as far as anything here could want them; and what the demo needs besides. */
const PROGRAMS = [
  "git",
  "sh",
  "cat",
  "chmod",
  "cp",
  "cut",
  "echo",
  "env",
  "ls",
  "mkdir",
  "nproc",
  "rm",
  "sleep",
  "true",
];

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.close());

function fewPrograms(): string {
  const path = join(place.home, "bin");
  mkdirSync(path);
  symlinkSync(process.execPath, join(path, "node"));
  for (const name of PROGRAMS) {
    symlinkSync(execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim(), join(path, name));
  }
  return path;
}

async function addressOf(run: Run): Promise<string> {
  const read = () => /status page at (http:\S+)/.exec(run.printed())?.[1];
  return poll("the address of the status page", read);
}

describe("the demo", () => {
  const ALONE = "builds with only node, git, sh and coreutils in PATH, without a home, and leaves nothing";
  rareTest(ALONE, TEST_LIMIT_MS, async () => {
    const run = place.run(["demo"], { PATH: fewPrograms(), HOME: "/nonexistent" });
    expect(await run.ended).toBe(0);
    expect(run.errors()).toBe("");
    const lines = run.printed().split("\n");
    expect(lines[0]).toMatch(/^master: started, status page at http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(lines.filter((line) => /^\[\d\/6\] .*: SUCCESS \(/.test(line))).toHaveLength(6);
    expect(lines).toContain("  | built dist/ja.txt");
    expect(lines).toContain("uploaded to the master: VERSION, de.txt, en.txt, fr.txt, ja.txt");
    expect(lines.slice(-2)).toEqual(["SUCCESS", ""]);
    expect(run.printed()).not.toContain("\u001b[0;");
    await place.emptied();
  });

  test(
    "keeps its page with the build until Ctrl-C, and ends by the signal",
    async () => {
      const run = place.run(["demo", "--keep"]);
      await poll("the end of the build", () => run.printed().includes("removed after Ctrl-C"), {
        deadlineMs: TEST_LIMIT_MS,
      });
      const page = await (await fetch(await addressOf(run))).text();
      expect(page).toContain("greetings");
      expect(page).toContain("</span> success</span>");
      run.child.kill("SIGINT");
      expect(await run.ended).toBe("SIGINT");
      await place.emptied();
    },
    TEST_LIMIT_MS,
  );

  test(
    "reports in a sentence that git is missing, and leaves nothing",
    async () => {
      const path = join(place.home, "empty");
      mkdirSync(path);
      const run = place.run(["demo"], { PATH: path });
      expect(await run.ended).toBe(1);
      expect(run.printed()).toBe("the demo cannot go on: git cannot be run: No such file or directory\n");
      await place.emptied();
    },
    TEST_LIMIT_MS,
  );

  rareTest("reports in a sentence that the port is in use", TEST_LIMIT_MS, async () => {
    const first = await listen(plainServer(() => {}));
    const second = place.run(["demo", "--port", String(first.port)]);
    expect(await second.ended).toBe(1);
    expect(second.printed()).toContain(String(first.port));
    expect(second.printed().split("\n")).toHaveLength(2);
    await first.end();
    await place.emptied();
  });

  /** Where it is hit, by what it has printed by then. */
  const moments = ["", "master: started", "worker: attached", "[2/6] clone", "[4/6] build", "[6/6] upload"];

  const signals = ["SIGINT", "SIGTERM", "SIGKILL"] as const;
  const allHits = moments.flatMap((moment) => signals.map((signal) => [signal, moment] as const));
  // Every moment, and every signal twice.
  const someHits = moments.map((moment, at) => [signals[(2 * at + 2) % 3] ?? "SIGKILL", moment] as const);
  const fewHits = rowsOf(someHits, (_, at) => at === 3);

  test.each(sized(fewHits, allHits))(
    "leaves nothing when %s comes after '%s'",
    async (signal, moment) => {
      const run = place.run(["demo"]);
      const begun = () => (moment === "" ? place.leftovers().length > 1 : run.printed().includes(moment));
      await poll(`'${moment}'`, begun);
      run.child.kill(signal);
      // At the last moments it may have been faster.
      expect([signal, 0]).toContain(await run.ended);
      await place.emptied();
    },
    TEST_LIMIT_MS,
  );

  rareTest("leaves nothing of a program that keeps writing during the cleanup", TEST_LIMIT_MS, async () => {
    const path = fewPrograms();
    rmSync(join(path, "git"));
    writeFileSync(join(path, "git"), WRITING_GIT, { mode: 0o755 });
    const run = place.run(["demo"], { PATH: path });
    await poll("many files", () => existsSync(join(place.home, "many")));
    run.child.kill("SIGKILL");
    expect(await run.ended).toBe("SIGKILL");
    await place.emptied();
    expect(existsSync(join(place.home, "late"))).toBe(true);
  });
});

test.each([
  [["demo", "x"], "demo takes no arguments"],
  [["demo", "--port", "http"], "port must be a number from 0 to 65535, got 'http'"],
])("%j is refused", async (words, said) => {
  expect(await place.command(...words)).toMatchObject({ code: 1, printed: expect.stringContaining(said) });
});
