// The program with other encodings and other bytes around it than UTF-8.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { JellyValue, Remote } from "../../src/wire/jelly/values.ts";
import { type AttachedWorker, FakeMaster } from "../support/fake-master.ts";
import { poll } from "../support/poll.ts";
import { rareTest } from "../support/sized.ts";
import { type Installation, install, logOf, makeBasedir, type StartOptions } from "./worker-program.ts";

let installation: Installation;
const masters: FakeMaster[] = [];

beforeAll(() => {
  installation = install();
});
afterEach(async () => {
  for (const master of masters.splice(0)) await master.close();
});
afterAll(() => installation.remove());

async function started(options: StartOptions = {}, encoding?: string): Promise<AttachedWorker> {
  const master = await FakeMaster.listen();
  masters.push(master);
  installation.start(["start", "--nodaemon", basedirWith(encoding, master.port)], options);
  return master.nextWorker();
}

function basedirWith(encoding: string | undefined, port: number): string {
  const basedir = makeBasedir(installation.newPath(), { port });
  const tac = join(basedir, "buildbot.tac");
  const keyword = encoding === undefined ? "" : `unicode_encoding='${encoding}', `;
  writeFileSync(tac, readFileSync(tac, "utf8").replace("umask=umask", `${keyword}umask=umask`));
  return basedir;
}

async function outputOf(attached: AttachedWorker, command: JellyValue, env: [string, string][] = []): Promise<string> {
  const builder: Remote = (await attached.setBuilders("b1")).get("b1")!;
  return (await attached.run(builder, "shell", { command, workdir: "build", env: new Map(env) })).text("stdout");
}

const SHOW = "od -An -v -tx1 | tr -d ' \\n'";

describe("the worker", () => {
  it("gives commands the variables that it inherited byte for byte, by its launcher too, and tells the master of them", async () => {
    const set = 'RAW=$(printf "a\\351b"); export RAW; exec "$@"';
    const environment = { NODE_OPTIONS: "--no-warnings --max-old-space-size=99" };
    const attached = await started({ under: ["/bin/sh", "-c", set, "sh"], environment });
    const shown = await outputOf(attached, `printf %s "$RAW-$MORE" | ${SHOW}`, [["MORE", `<\${RAW}>`]]);
    expect(shown.trim()).toBe(Buffer.from("a\u00e9b-<a\u00e9b>", "latin1").toString("hex"));
    const facts = (await attached.call("getWorkerInfo")) as ReadonlyMap<string, ReadonlyMap<string, string>>;
    expect(facts.get("environ")?.get("RAW")).toBe("a\ufffdb");
    const names = Array.from({ length: 20 }, (_, n) => `b${n}`);
    const builders = [...(await attached.setBuilders(...names)).values()];
    const command = 'echo "$PPID $NODE_OPTIONS"';
    await poll("a launcher", async () => {
      const reports = await Promise.all(
        builders.map((builder) => attached.run(builder, "shell", { command, workdir: "build", logEnviron: false })),
      );
      const lines = reports.map((report) => report.text("stdout").split("\n"));
      expect(lines.filter(([line]) => !line!.endsWith(` ${environment.NODE_OPTIONS}`))).toEqual([]);
      return new Set(lines.map(([line]) => line)).size > 1;
    });
  });

  rareTest("gives commands the NODE_ variables of its admin, and none of its own", 180_000, async () => {
    const environment = { NODE_OPTIONS: "--no-warnings", NODE_EXTRA_CA_CERTS: "/dev/null", NODE_CHANNEL_X: "1" };
    const attached = await started({ environment });
    expect((await outputOf(attached, "env | grep ^NODE | sort")).split("\n").slice(0, -1)).toEqual([
      "NODE_CHANNEL_X=1",
      "NODE_EXTRA_CA_CERTS=/dev/null",
      "NODE_OPTIONS=--no-warnings",
    ]);
  });

  it("follows unicode_encoding, and says nothing of it", async () => {
    const attached = await started({}, "latin-1");
    expect(await outputOf(attached, ["sh", "-c", `printf %s "$1" | ${SHOW}; echo; printf '\\351\\n'`, "sh", "é"])).toBe(
      "e9\né\n",
    );
  });

  rareTest("does not start with an encoding that nobody knows", 180_000, async () => {
    const basedir = basedirWith("nonsense", 1);
    const program = installation.start(["start", "--nodaemon", basedir]);
    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(program.printed + program.complained).toMatch(
      /buildbot\.tac, line \d+: unknown encoding: nonsense; expected one of Python's/,
    );
    expect(logOf(basedir)).toEqual([]);
  });
});
