import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalPaths } from "../../../src/process/spawn/local-paths.ts";
import { reachProgram } from "../../../src/process/spawn/program-reach.ts";

const EXT4 = 0xef53;
const NFS = 0x6969;

let base: string;

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), "buildhand-reach-")));
  for (const name of ["work", "first", "second", "net"]) await mkdir(join(base, name));
  const program = async (name: string, text: string) => {
    await writeFile(join(base, name), text);
    await chmod(join(base, name), 0o755);
  };
  await program("second/tool", "#!/bin/sh\n");
  await program("second/script", `#! ${base}/net/interpreter -x\n`);
  await program("net/interpreter", "");
  await program("net/far", "");
  await writeFile(join(base, "first/tool"), "not executable");
  await symlink(join(base, "net/far"), join(base, "second/far"));
});

afterAll(() => rm(base, { recursive: true, force: true }));

/** Of a host on which only `net` is another's; `dead` never answers. */
function reaching(dead?: string) {
  let hang = () => {};
  const hung = new Promise<void>((resolve) => {
    hang = resolve;
  });
  const localPaths = new LocalPaths({
    nowMs: () => 0,
    fileSystemType(path) {
      if (path === join(base, dead ?? "-")) return new Promise(() => hang());
      return Promise.resolve(path.startsWith(join(base, "net")) || path.endsWith("/far") ? NFS : EXT4);
    },
  });
  return async (program: string, { PATH = `${base}/first:${base}/second` } = {}) => {
    const asked: string[] = [];
    const onCheck = (path: string) => void asked.push(path.replace(`${base}/`, ""));
    const done = reachProgram({ argv: [program], cwd: join(base, "work"), env: { PATH } }, { localPaths, onCheck });
    const isReached = await Promise.race([done.then(() => true), hung.then(() => setImmediate(false))]);
    return { asked, isReached };
  };
}

describe("what is asked before a program is started", () => {
  it("is the directory, the places of the PATH up to the program, and its interpreter; once, if all is local", async () => {
    const reach = reaching();
    expect((await reach("tool")).asked).toEqual(["work", "first", "second", "/bin/sh", "second/tool"]);
    expect((await reach("tool")).asked).toEqual([]);
  });

  it("is each time what may hang: a directory, a link's end, an interpreter", async () => {
    const reach = reaching();
    const PATH = `${base}/net:${base}/second`;
    await reach("tool", { PATH });
    expect((await reach("tool", { PATH })).asked).toEqual(["net", "net/tool"]);
    await reach("far");
    expect((await reach("far")).asked).toEqual(["second/far", "second/far"]);
    await reach("script");
    expect((await reach("script")).asked).toEqual(["net/interpreter"]);
  });

  it("has no end when the directory, a place of the PATH or the interpreter does not answer", async () => {
    expect(await reaching("work")("tool")).toEqual({ asked: ["work"], isReached: false });
    expect(await reaching("first")("tool")).toEqual({ asked: ["work", "first"], isReached: false });
    expect((await reaching("net/interpreter")("script")).isReached).toBe(false);
    // Of no account for a program that is found before.
    expect((await reaching("net")("tool", { PATH: `${base}/second:${base}/net` })).isReached).toBe(true);
  });

  it("has an end for what cannot be run", async () => {
    for (const program of ["nothing", "", "x\0", "/no/such/place", "./x", `${base}/second/tool/x`, "/root/x"]) {
      expect((await reaching()(program)).isReached).toBe(true);
    }
  });

  it("waits for nobody when all is known", async () => {
    const asked: string[] = [];
    const localPaths = new LocalPaths({ nowMs: () => 0, fileSystemType: () => Promise.resolve(EXT4) });
    const env = { PATH: `${base}/none:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin` };
    const options = { localPaths, onCheck: (path: string) => void asked.push(path) };
    const reached = () => reachProgram({ argv: ["sh"], cwd: base, env }, options);
    await reached();
    expect(asked.splice(0)).toContain(`${base}/none`);
    // An answer of the system would come in a later turn.
    expect(await Promise.race([reached().then(() => "at once"), setImmediate("later")])).toBe("at once");
    expect(asked).toEqual([]);
  });
});
