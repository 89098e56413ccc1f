import { expect, it } from "vitest";
import { judgeDisk } from "../../../src/doctor/checks/disks.ts";
import { said } from "../said.ts";

const MIB = 1024 * 1024;

it.each([
  [100 * MIB, 1000, ["fine 100 MiB free at /w", "fine 1000 inodes free at /w"]],
  [
    100 * MIB - 1,
    999,
    [
      "disk-full only 99 MiB free at /w; expected 100 MiB or more",
      "inodes-few only 999 inodes free at /w; expected 1000 or more",
    ],
  ],
  [3 * 1024 * MIB, 5000, ["fine 3.0 GiB free at /w", "fine 5000 inodes free at /w"]],
])("%d bytes and %d inodes", (freeBytes, freeInodes, expected) => {
  expect(said(judgeDisk("basedir", { path: "/w", freeBytes, freeInodes, allInodes: 9999 }))).toEqual(expected);
});

it("a file system without inodes has enough", () => {
  expect(said(judgeDisk("build", { path: "/w", freeBytes: 1024 * MIB, freeInodes: 0, allInodes: 0 }))).toEqual([
    "fine 1.0 GiB free at /w",
  ]);
});
