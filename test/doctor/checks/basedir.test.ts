import { expect, it } from "vitest";
import { type BasedirFacts, judgeBasedir, judgeParent } from "../../../src/doctor/checks/basedir.ts";
import { said } from "../said.ts";

const good: BasedirFacts = {
  path: "/w",
  userId: 1000,
  kind: "directory",
  refused: undefined,
  ownerId: 1000,
  mode: 0o40755,
  directories: [],
};
const owned = "fine /w belongs to this account";

it.each<[string, Partial<BasedirFacts>, readonly string[]]>([
  ["of this account", {}, [owned, "fine its permissions are 0755"]],
  ["that does not exist", { kind: "absent" }, ["basedir-missing /w does not exist"]],
  ["that is a file", { kind: "something else" }, ["basedir-missing /w is not a directory"]],
  ["that is closed", { refused: "Permission denied" }, ["basedir-unusable /w: Permission denied for uid 1000"]],
  [
    "of another account",
    { ownerId: 7 },
    ["basedir-owner /w belongs to uid 7, and this is uid 1000", "fine its permissions are 0755"],
  ],
  ["that everyone can write to", { mode: 0o40777 }, [owned, "basedir-open its permissions are 0777"]],
  ["like /tmp", { mode: 0o41777 }, [owned, "fine its permissions are 1777"]],
  ["that its group can write to", { mode: 0o40775 }, [owned, "fine its permissions are 0775"]],
  [
    "with directories",
    { directories: ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] },
    [
      owned,
      "fine its permissions are 0755",
      "note it contains the directories a, b, c, d, e, f, g, h and 2 more: those of no builder can be deleted",
    ],
  ],
])("a base directory %s", (_, more, expected) => {
  expect(said(judgeBasedir({ ...good, ...more }))).toEqual(expected);
});

it.each<[string, Partial<BasedirFacts>, string]>([
  ["that is fine", {}, "fine it can be created in /w"],
  ["that does not exist", { kind: "absent" }, "basedir-not-made its parent directory /w does not exist"],
  ["that is a file", { kind: "something else" }, "basedir-not-made /w is not a directory"],
  ["that is closed", { refused: "Permission denied" }, "basedir-not-made /w: Permission denied for uid 1000"],
])("a place %s", (_, more, expected) => {
  expect(said(judgeParent({ ...good, ...more }))).toEqual([expected]);
});
