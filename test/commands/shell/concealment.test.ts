import { describe, expect, test } from "vitest";
import { concealer, shownArguments } from "../../../src/commands/shell/concealment.ts";
import { COMMAND_LINE_LIMIT_CHARS } from "../../../src/commands/shell/tree-text.ts";

function hide(argv: readonly string[], env: Record<string, string> = {}) {
  return concealer(env)(argv);
}

describe("in the arguments of a process", () => {
  test("the value of a variable with a telling name is shown as the variable", () => {
    const env = { DEPLOY_TOKEN: "abcd1234", npm_password: "hunter2", HOME: "/home/b", API_KEY: "k1" };
    expect(hide(["x=abcd1234", "hunter2!", "/home/b", "k1"], env)).toEqual([
      "x=$DEPLOY_TOKEN",
      "$npm_password!",
      "/home/b",
      "k1",
    ]);
  });

  test.each(["NPM_KEY", "SIGNINGKEY", "DB_PWD", "MYPW", "GH_PAT", "PAT", "PGPASSFILE", "GITLAB_TOKEN", "basic_auth"])(
    "the name %s is a telling one",
    (name) => {
      expect(hide(["-phunter2"], { [name]: "hunter2" })).toEqual([`-p$${name}`]);
    },
  );

  test.each(["PWD", "OLDPWD", "COMPAT", "KEYBOARD", "HOME", "AUTHOR"])("the name %s tells nothing", (name) => {
    expect(hide(["-C/srv/build"], { [name]: "/srv/build" })).toEqual(["-C/srv/build"]);
  });

  test("the longer one of two values is looked for first", () => {
    expect(hide(["abcdef", "abcd"], { A_KEY: "abcd", B_KEY: "abcdef" })).toEqual(["$B_KEY", "$A_KEY"]);
  });

  test("a value is taken as it is", () => {
    expect(hide(["$&$1.*"], { TOKEN: "$&$1" })).toEqual(["$TOKEN.*"]);
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
      ["git", "clone", "https://***@host/x.git"],
    ],
    [["https://ghp_geheim@github.com/x"], ["https://***@github.com/x"]],
    [["url=https://u:ge/he@im@h/ next"], ["url=https://***@h/ next"]],
    [
      ["sign", "--key", "geheim", "--signing-key", "geheim", "-pwd", "geheim"],
      ["sign", "--key", "***", "--signing-key", "***", "-pwd", "***"],
    ],
    [
      ["Server=s;Pwd=geheim;Key=geheim", "npm_key: geheim"],
      ["Server=s;Pwd=***;Key=***", "npm_key: ***"],
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
    [["curl", "https://host:8080/a", "mail@host"]],
    [["make", "-j", "keyboard", "bypass"]],
  ])("what tells nothing is shown: %j", (argv) => {
    expect(hide(argv)).toEqual(argv);
  });

  test("what cannot be read is not shown where a value could not be read either", () => {
    const unreadable = "gr\uFFFDn";
    expect(hide([unreadable], { TOKEN: "grün" })).toEqual(["***"]);
    expect(hide([unreadable], { TOKEN: "green" })).toEqual([unreadable]);
  });

  test("what is too long to be shown whole is not shown at all", () => {
    const long = `https://${"x".repeat(COMMAND_LINE_LIMIT_CHARS)}geheim`;
    expect(hide([long])).toEqual([`<${long.length} characters>`]);
  });

  test.each(["token", "password ", "//a:", "//", "-", "a", "authorization:x ", "key=", "\t", "pass"])(
    "even many times %j costs hardly any time",
    (piece) => {
      const argument = piece.repeat(COMMAND_LINE_LIMIT_CHARS / piece.length);
      const startedMs = performance.now();
      for (let count = 0; count < 100; count += 1) hide([argument, argument]);
      // It takes some 20 ms; with time that is squared it would be a hundred times as long.
      expect(performance.now() - startedMs).toBeLessThan(1000);
    },
  );
});

describe("the arguments of a program's processes", () => {
  const program = {
    argv: ["sh", "-c", "mysql -uroot -pgeheim", "/opt/very-secret-tool"],
    shownWords: ["sh", "-c", "XXX", "YYY"],
  };

  test("are those that the master shows for the first of them, and none for others, where it hides a word", () => {
    const shown = shownArguments(program, { env: {}, leaderPid: 5 });
    expect(shown({ pid: 5, program: "mysql", argv: ["mysql", "-uroot", "-pgeheim"] })).toEqual(program.shownWords);
    expect(shown({ pid: 6, program: "mysql", argv: ["mysql", "-uroot", "-pgeheim"] })).toEqual([]);
  });

  test("do not name a program that the master hides", () => {
    const shown = shownArguments(program, { env: {}, leaderPid: 5 });
    expect(shown({ pid: 6, program: "very-secret-too", argv: ["/opt/very-secret-tool"] })).toEqual(["***"]);
  });

  test("are their own, but for secrets, when the master hides nothing", () => {
    const shown = shownArguments({ argv: ["make"], shownWords: ["make"] }, { env: { A_KEY: "geheim" }, leaderPid: 5 });
    expect(shown({ pid: 5, program: "make", argv: ["make", "all"] })).toEqual(["make", "all"]);
    expect(shown({ pid: 6, program: "tool", argv: ["tool", "-xgeheim"] })).toEqual(["tool", "-x$A_KEY"]);
  });
});
