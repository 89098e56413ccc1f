import { expect, it } from "vitest";
import { version } from "../../../src/base/version.ts";
import { judgeSoftware } from "../../../src/doctor/checks/software.ts";
import { said } from "../said.ts";

const packages = { "iconv-lite": "1.0.0", ws: "2.0.0" };

it.each([
  ["20.19.0", "fine Node.js 20.19.0"],
  ["26.0.0", "fine Node.js 26.0.0"],
  ["20.18.9", "node-old Node.js 20.18.9; expected 20.19 or newer"],
  ["18.20.0", "node-old Node.js 18.20.0; expected 20.19 or newer"],
])("Node.js %s", (nodeVersion, expected) => {
  expect(said(judgeSoftware({ nodeVersion, packages, noPty: undefined }))).toEqual([
    expected,
    `fine Buildhand ${version}, iconv-lite 1.0.0, ws 2.0.0`,
    "fine build steps can use a terminal (usePTY)",
  ]);
});

it("what is missing is reported", () => {
  expect(
    said(judgeSoftware({ nodeVersion: "22.0.0", packages: { ws: undefined }, noPty: "there is none" })).slice(2),
  ).toEqual(["package-missing the package ws is missing", "pty-missing there is none"]);
});
