import { describe, expect, it } from "vitest";
import { osErrorFailure, osErrorText } from "../../src/commands/os-error.ts";

const failed = (code: string, errno: number, path?: string) =>
  Object.assign(new Error(code), { code, errno: -errno, ...(path === undefined ? {} : { path }) });

describe("an error of the system", () => {
  it("reads as Python writes it", () => {
    expect(osErrorText(failed("ENOENT", 2, "/it's"))).toBe(`[Errno 2] No such file or directory: "/it's"`);
    expect(osErrorText(failed("EIO", 5))).toBe("[Errno 5] Input/output error");
  });

  it.each([
    ["ENOENT", 2, "builtins.FileNotFoundError"],
    ["EACCES", 13, "builtins.PermissionError"],
    ["ETIMEDOUT", 110, "builtins.TimeoutError"],
    ["ENOSPC", 28, "builtins.OSError"],
  ])("of %s has the class that Python gives it", (code, errno, type) => {
    expect(osErrorFailure(failed(code, errno))?.type).toBe(type);
  });

  it("is distinguished from others", () => {
    expect(osErrorText(new Error("no errno"))).toBeUndefined();
    expect(osErrorFailure("text")).toBeUndefined();
  });
});
