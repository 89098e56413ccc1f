import { expect, it } from "vitest";
import { EVERY_NAME, namesBelow } from "../../src/worker/names-below.ts";

it.each([
  ["a", ["a"]],
  ["a/b", ["a"]],
  ["./a/b", ["a"]],
  ["a//b/", ["a"]],
  ["x/../a/b", ["x", "a"]],
  ["../base/a/b", ["a"]],
  ["/srv/base/a/b", ["a"]],
  ["/srv/base/../base/./a", ["a"]],
  ["..a/b", ["..a"]],
  ["../other/a", []],
  ["/srv/baseline/a", []],
  ["/", [EVERY_NAME]],
  ["", [EVERY_NAME]],
  [".", [EVERY_NAME]],
  ["a/..", ["a", EVERY_NAME]],
  ["a/b/../..", ["a", EVERY_NAME]],
  ["..", [EVERY_NAME]],
  ["/srv/base", [EVERY_NAME]],
])("of %j the base directory /srv/base holds %j", (path, names) => {
  expect([...namesBelow("/srv/base", [path])]).toEqual(names);
});
