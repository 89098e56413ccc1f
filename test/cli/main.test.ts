// The command line: help, versions and usage errors. A running worker is tested with the real executable, in test/daemon.
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { main } from "../../src/cli/main.ts";

let printed: string;
let errorOutput: string;

beforeEach(() => {
  printed = "";
  errorOutput = "";
  vi.spyOn(console, "log").mockImplementation((text) => {
    printed += `${text}\n`;
  });
  vi.spyOn(console, "error").mockImplementation((text) => {
    errorOutput += `${text}\n`;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function run(...argv: string[]) {
  const code = await main(argv);
  return { code, lines: printed.split("\n") };
}

describe("help", () => {
  it.each([["--help"], ["--hel"], ["--h"], ["--help", "start", "--frob"], ["--version", "--help"]])(
    "lists every command and every global option: %s",
    async (...argv) => {
      const { code, lines } = await run(...argv);
      expect(code).toBe(0);
      expect(lines[0]).toBe("Usage: buildhand [options] COMMAND [options] [arguments]");
      const commands = [...printed.matchAll(/^ {2}([a-z-]+(?: [a-z]+)?) {2,}\S/gm)].map(([, name]) => name);
      expect(commands).toEqual([
        "create-worker",
        "start",
        "stop",
        "restart",
        "status",
        "doctor",
        "tac check",
        "tac import",
        "shims",
        "twistd",
        "demo",
        "try",
        "master create",
        "master check",
        "master start",
        "master stop",
        "master restart",
        "master reload",
        "master passwd",
        "master notify",
        "master status",
        "master force",
        "master cancel",
        "relay create",
        "relay start",
        "relay stop",
        "relay status",
        "service install",
        "service uninstall",
        "service status",
        "service print",
        "completion",
        "help",
      ]);
      expect(printed).toMatch(/^ {6}--help +show this help and exit$/m);
      expect(printed).toMatch(/^ {6}--version +show the version and exit$/m);
    },
  );

  it.each([
    ["create-worker", ["--help"], "[options] BASEDIR MASTERHOST[:PORT] NAME [PASSWORD]"],
    ["start", ["--help"], "[options] [BASEDIR]"],
    ["start", ["--h"], "[options] [BASEDIR]"],
    ["start", ["--nodaemon", "--help", "a", "b"], "[options] [BASEDIR]"],
    ["stop", ["--help"], "[options] [BASEDIR]"],
    ["restart", ["--help"], "[options] [BASEDIR]"],
  ])("of %s lists its arguments and options: %j", async (command, argv, usage) => {
    const { code, lines } = await run(command, ...argv);
    expect(code).toBe(0);
    expect(lines[0]).toBe(`Usage: buildhand ${command} ${usage}`);
    expect(printed).toMatch(/^ {2}-h, --help +show this help and exit$/m);
  });

  it.each([["--help"], ["-h"], ["--hel"]])("of master lists its commands: master %s", async (word) => {
    const { code, lines } = await run("master", word);
    expect([code, lines[0]]).toEqual([0, "Usage: buildhand master COMMAND [options] [arguments]"]);
    const commands = [...printed.matchAll(/^ {2}(master [a-z]+) {2,}\S/gm)].map(([, name]) => name);
    expect(commands).toEqual(
      ["create", "check", "start", "stop", "restart", "reload", "passwd", "notify", "status", "force", "cancel"].map(
        (word) => `master ${word}`,
      ),
    );
  });

  it.each([[[]], [["start"]], [["master"]], [["master", "create"]], [["help"]]])(
    "is the same with the command help: help %j",
    async (words) => {
      await run(...words, "--help");
      const expected = printed;
      printed = "";
      expect([(await run("help", ...words)).code, printed]).toEqual([0, expected]);
    },
  );

  it.each([[["strat"]], [["start", "worker"]], [["master", "creat"]], [["master", "create", "dir"]]])(
    "exists for commands only: help %j",
    async (words) => {
      const { code, lines } = await run("help", ...words);
      expect([code, lines.at(-2)]).toEqual([1, expect.stringContaining(`Unknown command: ${words.join(" ")}`)]);
      expect(printed.match(/Usage:/g)).toHaveLength(1);
    },
  );

  it.each(["create", "check", "start", "stop"])("of master %s lists its options", async (command) => {
    const { code, lines } = await run("master", command, "--help");
    expect([code, lines[0]]).toEqual([0, `Usage: buildhand master ${command} [options] [DIR]`]);
  });
});

describe("the version", () => {
  it.each(["--version", "--vers"])("is that of the package: %s", async (word) => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    const { code, lines } = await run(word);
    expect(code).toBe(0);
    expect(lines[0]).toBe(`worker version: ${version}`);
  });
});

describe("an invalid command line ends with 1 and prints the usage and then the error on stdout:", () => {
  it.each<[string, string[], string]>([
    ["must specify a command", [], "COMMAND"],
    ["Unknown command: frob", ["frob"], "COMMAND"],
    ["Unknown command: ", [""], "COMMAND"],
    ["Unknown command: -", ["-"], "COMMAND"],
    ["Unknown command: constructor", ["constructor"], "COMMAND"],
    ["Unknown command: __proto__", ["__proto__"], "COMMAND"],
    ['Unknown command: star; did you mean "start"?', ["star"], "COMMAND"],
    ['Unknown command: strat; did you mean "start"?', ["strat", "w"], "COMMAND"],
    ['Unknown command: mastre; did you mean "master"?', ["mastre", "start"], "COMMAND"],
    ['Unknown command: master strat; did you mean "master start"?', ["master", "strat", "m"], "master COMMAND"],
    ["Unknown command: master frob", ["master", "frob"], "master COMMAND"],
    [
      "expected one of the commands master create, master check, master start, master stop, master restart, master reload, master passwd, master notify, master status, master force, master cancel",
      ["master"],
      "master COMMAND",
    ],
    ["option --quiet not recognized", ["master", "--quiet", "start"], "master COMMAND"],
    ["Unknown command: --nodaemon", ["--", "--nodaemon"], "COMMAND"],
    ["option --frob not recognized", ["--frob", "start"], "COMMAND"],
    ["option --nodaemon not recognized", ["--nodaemon", "start"], "COMMAND"],
    ["option -x not recognized", ["-x"], "COMMAND"],
    ["option --help must not have an argument", ["--help=start"], "COMMAND"],
    ["option --frob not recognized", ["start", "--frob"], "start"],
    ["option -x not recognized", ["start", "-x"], "start"],
    ['option --nodeamon not recognized; did you mean "--nodaemon"?', ["start", "--nodeamon"], "start"],
    ["option --in-backgroud not recognized", ["start", "--in-backgroud"], "start"],
    ["option --nodaemon must not have an argument", ["start", "--nodaemon=1"], "start"],
    ["option --n not a unique prefix", ["create-worker", "--n"], "create-worker"],
    ["incorrect number of arguments", ["create-worker", "w"], "create-worker"],
    ["I wasn't expecting so many arguments", ["stop", "a", "b"], "stop"],
    ["I wasn't expecting so many arguments", ["restart", "a", "b"], "restart"],
    ["I wasn't expecting so many arguments", ["start", "a", "b"], "start"],
    ["I wasn't expecting so many arguments", ["start", "a", "--nodaemon"], "start"],
    ["I wasn't expecting so many arguments", ["start", "--nodaemon", "--", "--help", "b"], "start"],
  ])("%s (%j)", async (message, argv, usage) => {
    const { code, lines } = await run(...argv);
    expect(code).toBe(1);
    expect(lines.slice(-3)).toEqual(["", `buildhand:  ${message}`, ""]);
    expect(lines[0]).toMatch(new RegExp(`^Usage: buildhand .*${usage}`));
    expect(errorOutput).toBe("");
  });
});
