import { describe, expect, it } from "vitest";
import { parseOsRelease } from "../../../src/worker/host/os-release.ts";

describe("a line of os-release", () => {
  it.each([
    ['VERSION_ID="13"', { os_version_id: "13" }],
    ["ID=debian", { os_id: "debian" }],
    ["A=", {}],
    ['A=""', { os_a: "" }],
    ['A="', { os_a: "" }],
    ['A="""x""', { os_a: "x" }],
    ["A='x'", { os_a: "'x'" }],
    ['A="a=b"', { os_a: "a=b" }],
    [String.raw`A="x\"y"`, { os_a: String.raw`x\"y` }],
    ['A="x" # y', { os_a: 'x" # y' }],
    ['A= "x" ', { os_a: ' "x" ' }],
    ["=x", { os_: "x" }],
    ["# A=x", {}],
    ["  # A=x", {}],
    ["", {}],
    ["A=1\nB=2\nA=3\n", { os_a: "3", os_b: "2" }],
  ])("%j gives %j", (text, expected) => {
    const problems: string[] = [];
    expect(Object.fromEntries(parseOsRelease(text, (sentence) => problems.push(sentence)))).toEqual(expected);
    expect(problems).toEqual([]);
  });

  it("without '=' is skipped and said", () => {
    const problems: string[] = [];
    const found = parseOsRelease("nonsense\nID=debian\n", (sentence) => problems.push(sentence));
    expect(Object.fromEntries(found)).toEqual({ os_id: "debian" });
    expect(problems).toEqual(["skipping a line of os-release that has no '='"]);
  });
});
