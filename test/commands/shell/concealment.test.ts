import { describe, expect, test } from "vitest";
import { concealer, shownArguments } from "../../../src/commands/shell/concealment.ts";

function hide(argv: readonly string[], hidden: Record<string, string> = {}, env: Record<string, string> = {}) {
  return concealer({ hiddenWords: new Map(Object.entries(hidden)), env })(argv);
}

describe("in the arguments of a process", () => {
  test("a word that the master hides is shown as the master shows it, alone or within another", () => {
    expect(hide(["curl", "s3cret", "--user=me:s3cret"], { s3cret: "XXX" })).toEqual(["curl", "XXX", "--user=me:XXX"]);
  });

  test("a hidden word that contains another one is shown as its own", () => {
    expect(hide(["abcdef", "abc"], { abc: "short", abcdef: "long" })).toEqual(["long", "short"]);
  });

  test("what is shown is taken as it is", () => {
    expect(hide(["s3cret"], { s3cret: "$&$1" })).toEqual(["$&$1"]);
  });

  test("an empty hidden word hides nothing", () => {
    expect(hide(["echo"], { "": "XXX" })).toEqual(["echo"]);
  });

  test("the value of a variable with a telling name is shown as the variable", () => {
    const env = { DEPLOY_TOKEN: "abcd1234", npm_password: "hunter2", HOME: "/home/b", API_KEY: "k1" };
    expect(hide(["x=abcd1234", "hunter2!", "/home/b", "k1"], {}, env)).toEqual([
      "x=$DEPLOY_TOKEN",
      "$npm_password!",
      "/home/b",
      "k1",
    ]);
  });

  test.each([
    [
      ["mysql", "--password=geheim"],
      ["mysql", "--password=***"],
    ],
    [
      ["deploy", "--token", "geheim", "now"],
      ["deploy", "--token", "***", "now"],
    ],
    [
      ["-api-key", "geheim"],
      ["-api-key", "***"],
    ],
    [
      ["env", "DB_PASSWORD=geheim", "make"],
      ["env", "DB_PASSWORD=***", "make"],
    ],
    [
      ["curl", "-H", "Authorization: Bearer geheim"],
      ["curl", "-H", "Authorization: Bearer ***"],
    ],
    [
      ["curl", "-d", '{"token": "geheim", "a": 1}'],
      ["curl", "-d", '{"token": "***", "a": 1}'],
    ],
    [
      ["git", "clone", "https://user:geheim@host/x.git"],
      ["git", "clone", "https://user:***@host/x.git"],
    ],
    [
      ["sh", "-c", "SECRET=geheim; run"],
      ["sh", "-c", "SECRET=***; run"],
    ],
  ])("what follows a telling name is not shown: %j", (argv, shown) => {
    expect(hide(argv)).toEqual(shown);
  });

  test.each([
    [["ctest", "--output-on-failure", "-R", "pass"]],
    [["cc", "-DPASSES=3", "tokenizer.c"]],
    [["ssh", "git@host"]],
    [["curl", "https://host:8080/a@b"]],
  ])("what tells nothing is shown: %j", (argv) => {
    expect(hide(argv)).toEqual(argv);
  });

  test("what cannot be read is not shown where a hidden word could not be read either", () => {
    const unreadable = "gr\uFFFDn";
    expect(hide([unreadable], { grün: "XXX" })).toEqual(["***"]);
    expect(hide([unreadable], { green: "XXX" })).toEqual([unreadable]);
  });
});

describe("the arguments of a program's processes", () => {
  const program = { argv: ["login", "s3cret", "x"], shownWords: ["login", "XXX", "x"] };

  test("are those that the master shows for the first of them", () => {
    const shown = shownArguments(program, { env: {}, leaderPid: 5 });
    expect(shown({ pid: 5, argv: ["login: s 3 c r e t"] })).toEqual(["login", "XXX", "x"]);
    expect(shown({ pid: 6, argv: ["sub", "s3cret"] })).toEqual(["sub", "XXX"]);
  });

  test("are its own for all when the master hides nothing", () => {
    const shown = shownArguments({ argv: ["make"], shownWords: ["make"] }, { env: {}, leaderPid: 5 });
    expect(shown({ pid: 5, argv: ["make", "all"] })).toEqual(["make", "all"]);
  });
});
