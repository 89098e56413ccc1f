// The rules of getopt, as in buildbot-worker, with options like create-worker's.
import { describe, expect, it } from "vitest";
import { baseErrors } from "../../src/base/errors.ts";
import { type OptionRow, parseOptions } from "../../src/cli/option-parser.ts";

const rows: readonly OptionRow[] = [
  { name: "quiet", short: "q", help: "" },
  { name: "force", short: "f", help: "" },
  { name: "nodaemon", help: "" },
  { name: "log-size", short: "s", argument: "BYTES", help: "" },
  { name: "log-count", short: "l", argument: "COUNT", help: "" },
  { name: "umask", argument: "MASK", help: "" },
  { name: "max", argument: "N", help: "" },
  { name: "maxretries", argument: "N", help: "" },
];

function parsed(...argv: string[]) {
  const { flags, values, rest } = parseOptions(rows, argv);
  return { flags: [...flags], values: Object.fromEntries(values), rest };
}

describe("options", () => {
  it.each<[string[], ReturnType<typeof parsed>]>([
    [[], { flags: [], values: {}, rest: [] }],
    [["--quiet"], { flags: ["quiet"], values: {}, rest: [] }],
    [["-q", "-q", "--quiet"], { flags: ["quiet"], values: {}, rest: [] }],
    [["--log-size=5"], { flags: [], values: { "log-size": "5" }, rest: [] }],
    [["--log-size", "5"], { flags: [], values: { "log-size": "5" }, rest: [] }],
    [["--log-size="], { flags: [], values: { "log-size": "" }, rest: [] }],
    [["--umask", "1", "--umask=2"], { flags: [], values: { umask: "2" }, rest: [] }],
    [["--umask=a=b\nc"], { flags: [], values: { umask: "a=b\nc" }, rest: [] }],
  ])("%j are read", (argv, expected) => {
    expect(parsed(...argv)).toEqual(expected);
  });

  it.each([
    ["--q", "quiet"],
    ["--no", "nodaemon"],
  ])("may be shortened as long as no other begins so: %s", (word, name) => {
    expect(parsed(word).flags).toEqual([name]);
  });

  it.each([
    ["--log-s=5", { "log-size": "5" }],
    ["--u=5", { umask: "5" }],
    ["--max=5", { max: "5" }],
    ["--maxr=5", { maxretries: "5" }],
  ])("with arguments may be shortened, and a whole name wins over a longer one: %s", (word, values) => {
    expect(parsed(word).values).toEqual(values);
  });

  it.each([
    [["-qf"], { flags: ["quiet", "force"], values: {}, rest: [] }],
    [["-s5"], { flags: [], values: { "log-size": "5" }, rest: [] }],
    [["-s", "5"], { flags: [], values: { "log-size": "5" }, rest: [] }],
    [["-qs5"], { flags: ["quiet"], values: { "log-size": "5" }, rest: [] }],
    [["-qs", "5"], { flags: ["quiet"], values: { "log-size": "5" }, rest: [] }],
    [["-sq"], { flags: [], values: { "log-size": "q" }, rest: [] }],
    [["-s=5"], { flags: [], values: { "log-size": "=5" }, rest: [] }],
  ])("of one letter may be bundled, the last with its argument: %j", (argv, expected) => {
    expect(parsed(...argv)).toEqual(expected);
  });

  it.each([
    [
      ["w", "-q"],
      ["w", "-q"],
    ],
    [
      ["-q", "w", "--umask=1", "-"],
      ["w", "--umask=1", "-"],
    ],
    [
      ["-q", "--", "-s", "--"],
      ["-s", "--"],
    ],
    [
      ["-q", "-", "-f"],
      ["-", "-f"],
    ],
    [
      ["", "-q"],
      ["", "-q"],
    ],
  ])("end at the first argument, at -- and at a lone dash: %j", (argv, rest) => {
    expect(parsed(...argv).rest).toEqual(rest);
  });

  it("may have arguments that look like options", () => {
    expect(parsed("--umask", "--quiet", "-s", "--").values).toEqual({ umask: "--quiet", "log-size": "--" });
  });
});

describe("an invalid option is refused:", () => {
  it.each([
    ["--frob", "option --frob not recognized"],
    ["--frob=1", "option --frob not recognized"],
    ["--=1", "option -- not a unique prefix"],
    ["--Quiet", `option --Quiet not recognized; did you mean "--quiet"?`],
    ["--quiets", `option --quiets not recognized; did you mean "--quiet"?`],
    ["-x", "option -x not recognized"],
    ["-qx", "option -x not recognized"],
    ["--log=5", "option --log not a unique prefix"],
    ["--m", "option --m not a unique prefix"],
    ["--quiet=1", "option --quiet must not have an argument"],
    ["--qui=", "option --quiet must not have an argument"],
    ["--umask", "option --umask requires argument"],
    ["--um", "option --umask requires argument"],
    ["-s", "option -s requires argument"],
    ["-qs", "option -s requires argument"],
  ])("%s", (word, message) => {
    const parse = () => parseOptions(rows, [word]);
    expect(parse).toThrow(expect.objectContaining({ code: baseErrors.usage.code, message }));
  });
});
