import { expect, it } from "vitest";
import { type InfoFacts, judgeInfo } from "../../../src/doctor/checks/description.ts";
import type { HostText } from "../../../src/worker/host/host-text.ts";
import { said } from "../said.ts";

function file(name: string, found: HostText): InfoFacts {
  return { name, path: `/i/${name}`, found, sample: "Your Name Here\n" };
}
const text = (content: string): HostText => ({ type: "text", text: content });

it("samples, empty files and missing ones are one finding", () => {
  const files = [file("a", text("Your Name Here\n")), file("b", text(" \n")), file("c", { type: "missing" })];
  expect(said(judgeInfo(files))).toEqual(["info-sample /i/a is still the sample, /i/b is empty, /i/c is missing"]);
});

it("a file that cannot be read is another finding, and one that is filled in is fine", () => {
  const files = [file("a", { type: "refused", reason: "Not UTF-8 text" }), file("b", text("Ada"))];
  expect(said(judgeInfo(files))).toEqual(["info-unreadable /i/a: Not UTF-8 text", "fine /i/b is filled in"]);
});
