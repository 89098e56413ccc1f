import { expect, it } from "vitest";
import { mountPointsIn } from "../../../src/process/spawn/mount-points.ts";

it("reads the paths of mount points, with blanks and bytes in them", () => {
  const table = [
    "36 35 98:0 /mnt1 /srv/base/a\\040b rw,noatime master:1 - ext3 /dev/root rw",
    "37 35 0:40 / /srv/\\303\\244\\134x rw shared:2 - tmpfs tmpfs rw",
    "",
  ].join("\n");
  expect(mountPointsIn(table)).toEqual(["/srv/base/a b", "/srv/\u00c3\u00a4\\x"]);
});
