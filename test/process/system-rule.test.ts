import { expect, test } from "vitest";
import { isRuleOfSystem } from "../../src/process/system-rule.ts";

const failure = (code: string) => Object.assign(new Error(code), { code });

test("what the system forbids is told from what it could not do this time", () => {
  expect(["EACCES", "EPERM", "EROFS", "EOPNOTSUPP"].map((code) => isRuleOfSystem(failure(code)))).not.toContain(false);
  expect(["ENOSPC", "EMFILE", "EIO", "ENOENT"].map((code) => isRuleOfSystem(failure(code)))).not.toContain(true);
  expect(isRuleOfSystem(new Error("short"))).toBe(false);
});
