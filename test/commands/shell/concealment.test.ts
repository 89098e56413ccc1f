import { beforeAll, describe, expect, test } from "vitest";
import type { TextEncoding } from "../../../src/base/encoding/text-encoding.ts";
import { concealer, concealNames, concealOutcome, shownArguments } from "../../../src/commands/shell/concealment.ts";
import { COMMAND_LINE_LIMIT_CHARS } from "../../../src/commands/shell/tree-text.ts";
import { encodingNamed } from "../../base/encoding/encodings.ts";
import { growth, LINEAR_AT_MOST } from "../../support/growth.ts";

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

  test.each(["PWD", "OLDPWD", "COMPAT", "KEYBOARD", "HOME", "AUTHOR"])(
    "the name %s does not suggest a secret",
    (name) => {
      expect(hide(["-C/srv/build"], { [name]: "/srv/build" })).toEqual(["-C/srv/build"]);
    },
  );

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
    "many times %j takes no time that grows faster than it",
    (piece) => {
      const hideMany = (chars: number) => {
        const argument = piece.repeat(chars / piece.length);
        hide(Array.from({ length: 20 }, () => argument));
      };
      expect(growth(hideMany, COMMAND_LINE_LIMIT_CHARS)).toBeLessThan(LINEAR_AT_MOST);
    },
  );
});

describe("the arguments of a program's processes", () => {
  let encoding: TextEncoding;
  const hiding = {
    argv: ["sh", "-c", "mysql -uroot -pgeheim", "/opt/very-secret-tool"],
    shownWords: ["sh", "-c", "XXX", "YYY"],
  };

  beforeAll(async () => {
    encoding = await encodingNamed("utf-8");
  });

  test("are those that the master shows for the first of them, and none for others, where it hides a word", () => {
    const shown = shownArguments({ ...hiding, encoding }, { env: {}, leaderPid: 5 });
    expect(shown({ pid: 5, program: "mysql", argv: ["mysql", "-uroot", "-pgeheim"] })).toEqual(hiding.shownWords);
    expect(shown({ pid: 6, program: "mysql", argv: ["mysql", "-uroot", "-pgeheim"] })).toEqual([]);
  });

  test("do not name a program that the master hides", () => {
    const shown = shownArguments({ ...hiding, encoding }, { env: {}, leaderPid: 5 });
    expect(shown({ pid: 6, program: "very-secret-too", argv: ["/opt/very-secret-tool"] })).toEqual(["***"]);
  });

  test("are their own, but for secrets, when the master hides nothing", () => {
    const shown = shownArguments(
      { argv: ["make"], shownWords: ["make"], encoding },
      { env: { A_KEY: "geheim" }, leaderPid: 5 },
    );
    expect(shown({ pid: 5, program: "make", argv: ["make", "all"] })).toEqual(["make", "all"]);
    expect(shown({ pid: 6, program: "tool", argv: ["tool", "-xgeheim"] })).toEqual(["tool", "-x$A_KEY"]);
  });
});

describe("the name of a process", () => {
  async function shownAs(name: string, hidden: readonly string[], encodingName = "utf-8"): Promise<string | undefined> {
    const program = {
      argv: ["sh", ...hidden],
      shownWords: ["sh", ...hidden.map(() => "XXX")],
      encoding: await encodingNamed(encodingName),
    };
    return concealNames(program, [{ pid: 5, program: name }])[0]?.program;
  }

  test.each([
    ["of a hidden word", "S3CRETPROG", "./S3CRETPROG"],
    ["of a hidden word that the kernel cuts", "very-secret-too", "/opt/very-secret-tool"],
    ["with a hidden word in it", "run-hunter2", "hunter2"],
    ["of one letter that is hidden", "x", "x"],
    ["of a hidden word beyond ASCII", "h\u00c3\u00bcnter2", "hünter2"],
  ])("%s is not shown", async (_what, name, hidden) => {
    expect(await shownAs(name, [hidden])).toBe("***");
  });

  test("is known in the encoding in which the word was run", async () => {
    expect(await shownAs("h\u00fcnter2", ["hünter2"], "latin-1")).toBe("***");
  });

  test.each([
    ["is that of another program", "sleep", ["./S3CRETPROG"]],
    ["has a letter in it that is hidden", "sleep", ["s", "/", ""]],
    ["belongs to a program that hides nothing", "S3CRETPROG", []],
  ])("is shown where it %s", async (_what, name, hidden) => {
    expect(await shownAs(name, hidden)).toBe(name);
  });

  test("is hidden wherever an outcome has one", async () => {
    const left = [{ pid: 5, program: "S3CRETPROG", parent: 1, group: 5, session: 5, startTicks: 9 }];
    const program = { argv: ["S3CRETPROG"], shownWords: ["XXX"], encoding: await encodingNamed("utf-8") };
    const shown = concealOutcome(program, {
      type: "exited",
      code: 0,
      killedFor: undefined,
      leftRunning: left,
      leftKilled: left,
      outputHeldBy: left,
    });
    expect(JSON.stringify(shown)).not.toContain("S3CRET");
    expect(shown.leftRunning).toEqual([{ ...left[0], program: "***" }]);
  });
});
