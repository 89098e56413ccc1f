// Commands on a host whose names are not in UTF-8.
import { readdirSync } from "node:fs";
import { chmod, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemPath } from "../../src/base/encoding/system-text.ts";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import { encodingNamed } from "../base/encoding/encodings.ts";
import { DEFAULT_RULES } from "../support/default-rules.ts";
import { attachWorker, type CommandWorker } from "./attached-worker.ts";

let worker: CommandWorker;
let directory: string;
let count = 0;

beforeAll(async () => {
  const latin1 = await encodingNamed("latin-1");
  worker = await attachWorker(undefined, { rules: { ...DEFAULT_RULES, encoding: latin1, fileEncoding: latin1 } });
});

afterAll(() => worker.end());

beforeEach(async () => {
  count += 1;
  directory = `case${count}`;
  await mkdir(join(worker.builderDirectory, directory), { recursive: true });
});

/** The names in the directory of the case, in characters that stand for bytes. */
function names(): string[] {
  return readdirSync(join(worker.builderDirectory, directory), "latin1").sort();
}

function at(name: string): string | Buffer {
  return systemPath(join(worker.builderDirectory, directory, name));
}

async function run(command: string, args: Record<string, JellyValue>) {
  const report = await worker.run(command, args);
  return { rc: report.value("rc"), report, end: await report.completed };
}

describe("on a host with names in latin-1", () => {
  it("mkdir makes directories by such names, and shows them", async () => {
    expect((await run("mkdir", { dir: `${directory}/é/ü` })).rc).toBe(0);
    expect(names()).toEqual(["\u00e9"]);
    await writeFile(at("file"), "");
    const { rc, report } = await run("mkdir", { dir: `${directory}/file/é` });
    expect(rc).toBe(20);
    expect(report.text("header")).toContain(`/${directory}/file/é`);
  });

  it("a name that the encoding lacks fails, without doing anything", async () => {
    const { end } = await run("mkdir", { dir: `${directory}/語` });
    expect(JSON.stringify(end)).toContain(
      "a path has characters that are not in iso8859-1, the encoding of file names",
    );
    expect(names()).toEqual([]);
  });

  it("listdir, glob and stat know files by such names", async () => {
    await writeFile(at("\udce9"), "12345");
    await writeFile(at("\udce9\udce9"), "");
    expect((await run("listdir", { dir: directory })).report.value("files")).toEqual(
      expect.arrayContaining(["é", "éé"]),
    );
    const { report } = await run("glob", { path: `${directory}/?` });
    expect(report.value("files")).toEqual([join(worker.builderDirectory, directory, "é")]);
    expect((await run("glob", { path: `${directory}/é` })).report.value("files")).toHaveLength(1);
    const stat = (await run("stat", { file: `${directory}/é` })).report.value("stat") as { tuple: unknown[] };
    expect(stat.tuple[6]).toBe(5);
  });

  it("rmfile, rmdir and cpdir do their work on such names", async () => {
    await writeFile(at("\udce9"), "");
    expect((await run("rmfile", { path: `${directory}/é` })).rc).toBe(0);
    await mkdir(at("\udcfc"));
    await writeFile(at("\udcfc/x"), "");
    const copy = await run("cpdir", { fromdir: `${directory}/ü`, todir: `${directory}/ö/ä`, logEnviron: false });
    expect(copy.rc).toBe(0);
    expect(copy.report.text("header")).toContain("ö/ä");
    expect(readdirSync(at("\udcf6/\udce4"))).toEqual(["x"]);
    expect((await run("rmdir", { dir: [`${directory}/ü`, `${directory}/ö`], logEnviron: false })).rc).toBe(0);
    expect(names()).toEqual([]);
  });

  it("shell runs in such a directory and is given such variables", async () => {
    const show = "od -An -tx1 | tr -d ' \\n'";
    const { report } = await run("shell", {
      command: `printf %s "$A" | ${show}; basename "$PWD" | ${show}; echo é`,
      workdir: `${directory}/é`,
      env: new Map([["A", "ü"]]),
    });
    expect(report.text("stdout")).toBe("fce90aé\n");
    expect(report.text("header")).toContain("\n  A=ü\n");
    expect(report.text("header")).toContain(`/${directory}/é\n`);
    expect(names()).toEqual(["\u00e9"]);
  });

  it("shell finds its log files by such names", async () => {
    const { report } = await run("shell", {
      command: "printf 'l\\351g\\n' > $(printf '\\351').log",
      workdir: directory,
      logfiles: new Map([["told", "é.log"]]),
    });
    expect(report.updates.find(([key]) => key === "log")?.[1]).toEqual({ tuple: ["told", "lég\n"] });
  });

  it("a directory that may not be entered is reported by its name", async () => {
    await writeFile(at("\udce9"), "");
    const { report } = await run("shell", { command: "true", workdir: `${directory}/é` });
    expect(report.text("stderr")).toContain("error in RunProcess._startCommand");
    expect(report.text("stderr")).not.toContain("\udce9");
  });

  it("downloads go to such names, also behind links to such names", async () => {
    const { openDestination } = await import("../../src/commands/download-destination.ts");
    await writeFile(at("\udce9"), "old");
    await symlink(Buffer.from([0xe9]), at("link"));
    await chmod(at("\udce9"), 0o640);
    const destination = await openDestination(join(worker.builderDirectory, directory, "link"), undefined);
    await destination?.write(Buffer.from("new"));
    await destination?.commit();
    expect(await readFile(at("\udce9"), "utf8")).toBe("new");
    expect(names()).toEqual(["link", "\u00e9"]);
  });
});
