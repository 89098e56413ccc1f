import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { constants } from "node:os";
import { describe, expect, it } from "vitest";
import { systemError } from "../../src/base/system-error.ts";

const PYTHON = "/usr/bin/python3";

describe("an error of the system", () => {
  it("has its POSIX number and its text", async () => {
    const error = await readdir("/etc/passwd").catch((reason: unknown) => reason);
    expect(systemError(error)).toEqual({ errno: 20, text: "Not a directory" });
  });

  it("is distinguished from others", () => {
    expect(systemError(new Error("ours"))).toBeUndefined();
    expect(systemError("text")).toBeUndefined();
  });

  it("without a text of ours has that of Node", () => {
    const error = Object.assign(new Error("EPROTO: protocol error, read"), { errno: -71 });
    expect(systemError(error)).toEqual({ errno: 71, text: "EPROTO: protocol error, read" });
  });

  it.skipIf(!existsSync(PYTHON))("has the text of Python's os.strerror, if it has one of ours", () => {
    const numbers = [...new Set(Object.values(constants.errno))];
    const program = "import json, os, sys; print(json.dumps([os.strerror(n) for n in json.loads(sys.argv[1])]))";
    const texts = JSON.parse(
      execFileSync(PYTHON, ["-c", program, JSON.stringify(numbers)], { encoding: "utf8" }),
    ) as string[];
    const ours = numbers.map((number) => systemError(Object.assign(new Error("none"), { errno: -number }))?.text);
    const known = numbers.map((_number, index) => index).filter((index) => ours[index] !== "none");
    expect(known.length).toBeGreaterThan(25);
    expect(known.map((index) => ours[index])).toEqual(known.map((index) => texts[index]));
  });
});
