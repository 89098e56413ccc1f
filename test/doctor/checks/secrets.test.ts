import { expect, it } from "vitest";
import { judgeSecret } from "../../../src/doctor/checks/secrets.ts";
import { said } from "../said.ts";

it.each([
  [0o100600, "fine /t has permissions 0600"],
  [0o100640, "note /t has permissions 0640: its group can read the password"],
  [0o100604, "tac-readable-by-others /t has permissions 0604"],
  [0o100644, "tac-readable-by-others /t has permissions 0644"],
])("a file with the mode %o", (mode, expected) => {
  expect(said(judgeSecret({ path: "/t", mode }))).toEqual([expected]);
});
