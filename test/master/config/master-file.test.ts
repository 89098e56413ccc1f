// master.yaml: what good files mean, and what is said of bad ones, word for word.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readMasterConfig } from "../../../src/master/config/master-file.ts";
import type { MasterConfig, StepConfig } from "../../../src/master/master-config.ts";

let home = "";
let path = "";

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "buildhand-config-"));
  path = join(home, "master.yaml");
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function read(text: string, warn?: (sentence: string) => void): MasterConfig {
  writeFileSync(path, text, { mode: 0o600 });
  return readMasterConfig(path, warn);
}

/** What is said of the file, without its path. */
function faultsOf(text: string): string {
  try {
    read(text);
  } catch (error) {
    expect(error).toMatchObject({ family: "usage" });
    return (error as Error).message.replaceAll(`${path}:`, "").replaceAll(home, "HOME");
  }
  return "no fault";
}

const WORKERS = "workers: [{name: w, password: p}]";

function withStep(step: string): string {
  return `${WORKERS}\nbuilders:\n  - name: b\n    workers: [w]\n    steps:\n      - ${step}\n`;
}

function stepOf(step: string): StepConfig {
  const found = read(withStep(step)).builders[0]?.steps[0];
  if (found === undefined) throw new Error("no step");
  return found;
}

const COMMON = { haltOnFailure: true, flunkOnFailure: true, warnOnFailure: false, alwaysRun: false };
const SHELL = {
  type: "shell",
  workdir: "build",
  env: new Map(),
  timeout: 1200,
  maxTime: null,
  sigtermTime: null,
  maxLines: null,
  usePTY: false,
  logfiles: new Map(),
  initialStdin: null,
  decodeRC: new Map(),
  ...COMMON,
};

describe("a good file", () => {
  test("may have only the required keys, and gets defaults for the rest", () => {
    expect(read(withStep("shell: make"))).toEqual({
      title: "Buildhand",
      listeners: [{ protocol: "pb", host: "127.0.0.1", port: 9989 }],
      web: undefined,
      workers: [{ name: "w", password: "p", maxBuilds: undefined }],
      builders: [
        {
          name: "b",
          description: undefined,
          directory: "b",
          workers: ["w"],
          env: new Map(),
          logEnviron: false,
          hiddenVariables: [],
          steps: [{ ...SHELL, command: "make", name: "make" }],
        },
      ],
      schedulers: [],
      secrets: new Map(),
      changeSources: [],
      reporters: [],
      mergeRequests: true,
      retention: {
        buildsPerBuilder: undefined,
        days: undefined,
        logLimitBytes: 100_000_000,
        buildLogLimitBytes: 2 ** 30,
        minFreeBytes: 512 * 2 ** 20,
        minFreePercent: 2,
      },
    });
  });

  test("may have all keys", () => {
    for (const name of ["cert.pem", "key.pem", "ca.pem"]) writeFileSync(join(home, name), "");
    mkdirSync(join(home, "secrets"));
    writeFileSync(join(home, "secrets", "w"), "from a file\n", { mode: 0o600 });
    writeFileSync(join(home, "secrets", "api"), "token of ours", { mode: 0o600 });
    writeFileSync(join(home, "secrets", "admin"), "open sesame", { mode: 0o600 });
    const warnings: string[] = [];
    const config = read(
      `
title: Builds of ours
listeners:
  - {protocol: pb, host: 0.0.0.0, port: 9989}
  - protocol: msgpack
    port: 0
    tls: {certificate: cert.pem, privateKey: key.pem, clientAuthorities: ca.pem}
web:
  port: 0
  adminPasswordFile: secrets/admin
  read: password
  url: https://CI.example:443/
  trustedProxies: ["::1", 10.0.0.0/8]
  relays: [relay, /srv/relay]
  apiToken: api
workers:
  - {name: w, passwordFile: secrets/w, maxBuilds: 2}
builders:
  - name: "C++: nightly"
    description: each night
    workers: [w]
    env: {CC: clang, LD_PRELOAD: null}
    steps: [{shell: {command: make, logEnviron: false}}]
  - {name: second, directory: other, workers: [w], steps: [{mkdir: out}]}
schedulers:
  - force: {builders: [second, "C++: nightly"]}
  - periodic: {name: nightly, builders: ["C++: nightly"], every: 1d}
secrets: {api: {file: secrets/api}}
logEnviron: true
hiddenVariables: ["*TOKEN*", AWS_?]
retention: {buildsPerBuilder: 100, days: 30, logLimit: 1MiB, buildLogLimit: 2MiB, minFreeSpace: 0, minFreePercent: 5}
`,
      (sentence) => warnings.push(sentence),
    );
    expect(warnings).toEqual([]);
    for (const { logEnviron, hiddenVariables } of config.builders) {
      expect([logEnviron, hiddenVariables]).toEqual([true, ["*TOKEN*", "AWS_?"]]);
    }
    expect(config.builders[0]?.steps[0]).toMatchObject({ logEnviron: false });
    expect(config).toMatchObject({
      title: "Builds of ours",
      listeners: [
        { protocol: "pb", host: "0.0.0.0", port: 9989 },
        {
          protocol: "msgpack",
          host: "127.0.0.1",
          port: 0,
          tls: {
            certificate: join(home, "cert.pem"),
            privateKey: join(home, "key.pem"),
            clientAuthorities: join(home, "ca.pem"),
          },
        },
      ],
      web: {
        host: "127.0.0.1",
        port: 0,
        adminPassword: "open sesame",
        read: "password",
        url: "https://ci.example/",
        trustedProxies: ["::1", "10.0.0.0/8"],
        relays: [join(home, "relay"), "/srv/relay"],
        apiToken: "token of ours",
      },
      workers: [{ name: "w", password: "from a file", maxBuilds: 2 }],
      builders: [
        {
          name: "C++: nightly",
          description: "each night",
          directory: "C_nightly",
          env: new Map([
            ["CC", "clang"],
            ["LD_PRELOAD", null],
          ]),
        },
        { name: "second", directory: "other" },
      ],
      schedulers: [
        { type: "force", name: "force", builders: ["second", "C++: nightly"] },
        { type: "periodic", name: "nightly", builders: ["C++: nightly"], everySeconds: 86_400 },
      ],
      retention: {
        buildsPerBuilder: 100,
        days: 30,
        logLimitBytes: 1_048_576,
        buildLogLimitBytes: 2_097_152,
        minFreeBytes: 0,
        minFreePercent: 5,
      },
    });
  });
});

describe("a step", () => {
  test.each<[string, object]>([
    ["shell: make test", { ...SHELL, name: "make test", command: "make test" }],
    ["shell: [make, test]", { ...SHELL, name: "make test", command: ["make", "test"] }],
    [
      "shell: {command: make, name: compile, timeout: 1h 30m, maxTime: 90, sigtermTime: 500ms, maxLines: 7, usePTY: true}",
      {
        ...SHELL,
        name: "compile",
        command: "make",
        timeout: 5400,
        maxTime: 90,
        sigtermTime: 0.5,
        maxLines: 7,
        usePTY: true,
      },
    ],
    [
      "shell: {command: make, timeout: 0, workdir: ., env: {A: b, C: null}, initialStdin: y, haltOnFailure: false, alwaysRun: true}",
      {
        ...SHELL,
        name: "make",
        command: "make",
        timeout: null,
        workdir: ".",
        env: new Map([
          ["A", "b"],
          ["C", null],
        ]),
        initialStdin: "y",
        haltOnFailure: false,
        alwaysRun: true,
      },
    ],
    [
      "shell: {command: t, logfiles: {a: a.log, b: {filename: b.log, follow: true}}, decodeRC: {2: WARNINGS, -1: EXCEPTION}}",
      {
        ...SHELL,
        name: "t",
        command: "t",
        logfiles: new Map([
          ["a", { filename: "a.log", follow: false }],
          ["b", { filename: "b.log", follow: true }],
        ]),
        decodeRC: new Map([
          [2, "WARNINGS"],
          [-1, "EXCEPTION"],
        ]),
      },
    ],
    [
      "upload: {from: dist, to: out/dist, directory: true, maxSize: 1GB, keepStamp: true}",
      {
        type: "upload",
        name: "upload dist",
        from: "dist",
        to: "out/dist",
        isArtifact: false,
        isDirectory: true,
        workdir: "build",
        maxSizeBytes: 1e9,
        keepStamp: true,
        ...COMMON,
      },
    ],
    [
      "upload: {from: a, to: b}",
      {
        type: "upload",
        name: "upload a",
        from: "a",
        to: "b",
        isArtifact: false,
        isDirectory: false,
        workdir: "build",
        maxSizeBytes: 2 ** 30,
        keepStamp: false,
        ...COMMON,
      },
    ],
    [
      'download: {from: tools/x, to: x, mode: "0755"}',
      {
        type: "download",
        name: "download tools/x",
        from: "tools/x",
        to: "x",
        workdir: "build",
        mode: 0o755,
        ...COMMON,
      },
    ],
    ["mkdir: a/b", { type: "mkdir", name: "mkdir a/b", path: "a/b", ...COMMON }],
    [
      "rmdir: {path: a, name: clean, flunkOnFailure: false}",
      { type: "rmdir", name: "clean", path: "a", ...COMMON, flunkOnFailure: false },
    ],
    ["rmfile: a", { type: "rmfile", name: "rmfile a", path: "a", ...COMMON }],
    ["cpdir: {from: a, to: b}", { type: "cpdir", name: "cpdir a", from: "a", to: "b", ...COMMON }],
  ])("may be `%s`", (text, step) => {
    expect(stepOf(text)).toEqual(step);
  });

  test("is named after the first line of its command, shortened for lists", () => {
    expect(stepOf('shell: "set -e\\nmake"').name).toBe("set -e …");
    expect(stepOf(`shell: ${"ä".repeat(60)}`).name).toBe(`${"ä".repeat(49)}…`);
  });
});

describe("an error reports", () => {
  test.each<[what: string, text: string, said: string]>([
    ["an empty file", "", "1:1: expected a mapping, got nothing"],
    ["a list", "- a", "1:1: expected a mapping, got a list"],
    ["invalid YAML", "a: [b", "1:6: Flow sequence in block collection must be sufficiently indented and end with a ]"],
    ["two equal keys", "title: a\ntitle: b", "2:1: Map keys must be unique"],
    ["missing keys", "title: x", "1:1: workers is missing\n1:1: builders is missing"],
    ["a misspelt key", `tilte: x\n${withStep("shell: a")}`, "1:1: unknown key 'tilte'; did you mean title?"],
    [
      "a key of nothing like it",
      `colour: red\n${withStep("shell: a")}`,
      "1:1: unknown key 'colour'; expected one of title, listeners, web, workers, builders, schedulers, changeSources, reporters, mergeRequests, logEnviron, hiddenVariables, secrets, retention",
    ],
    [
      "several mistakes at once, in order",
      "titel: x\nweb: {port: http, hots: a}\nworkers: [{name: 5, pasword: p}]\nbuilders: {}\n",
      [
        "1:1: unknown key 'titel'; did you mean title?",
        "2:13: expected a port from 0 to 65535, got 'http'",
        "2:19: unknown key 'hots'; did you mean host?",
        "3:18: expected text, got the number 5; put it in quotes",
        "3:21: unknown key 'pasword'; did you mean password?",
        "4:11: expected a list, got a mapping",
      ].join("\n"),
    ],
    ["a step of an unknown kind", withStep("shel: make"), "6:9: unknown key 'shel'; did you mean shell?"],
    [
      "two steps in one",
      withStep("shell: make\n        mkdir: a"),
      "6:9: expected exactly one of shell, upload, download, mkdir, rmdir, rmfile, cpdir, git, trigger; start each step with its own -",
    ],
    [
      "a misspelt key in a step",
      withStep("shell: {command: make, haltonfailure: true, timout: 3}"),
      [
        "6:32: unknown key 'haltonfailure'; did you mean haltOnFailure?",
        "6:53: unknown key 'timout'; did you mean timeout?",
      ].join("\n"),
    ],
    ["a step without its command", withStep("shell: {timeout: 3}"), "6:16: command is missing"],
    [
      "a step that is a number",
      withStep("shell: 5"),
      "6:16: expected a command as text, a list of a program and its arguments, or a mapping with command, got the number 5",
    ],
    [
      "a word that is a number",
      withStep("shell: [sleep, 5]"),
      "6:24: expected text, got the number 5; put it in quotes",
    ],
    [
      "a bad duration",
      withStep("shell: {command: a, timeout: 5 parsecs}"),
      "6:38: expected a duration such as 20m, 1h 30m or a number of seconds, got '5 parsecs'",
    ],
    [
      "a negative duration",
      withStep("shell: {command: a, timeout: -5}"),
      "6:38: expected a duration such as 20m, 1h 30m or a number of seconds, got the number -5",
    ],
    ["a word for a flag", withStep("shell: {command: a, usePTY: yes}"), "6:37: expected true or false, got 'yes'"],
    [
      "a number in env",
      withStep("shell: {command: a, env: {A: 1}}"),
      "6:38: expected text, got the number 1; put it in quotes",
    ],
    ["a list for env", withStep("shell: {command: a, env: [A=1]}"), "6:34: expected a mapping, got a list"],
    [
      "a misspelt result",
      withStep("shell: {command: a, decodeRC: {1: WARNING}}"),
      "6:43: expected SUCCESS, WARNINGS, FAILURE, SKIPPED or EXCEPTION, got 'WARNING'; did you mean WARNINGS?",
    ],
    [
      "an upload that leads outside",
      withStep("upload: {from: a, to: ../../etc/passwd}"),
      "6:31: expected a relative path without '..', got '../../etc/passwd'",
    ],
    [
      "a mode without quotes",
      withStep("download: {from: a, to: b, mode: 0755}"),
      '6:42: expected octal digits in quotes, such as "0755", got the number 755',
    ],
    [
      "names that lead nowhere",
      `${WORKERS}\nbuilders: [{name: unit, workers: [ww, other], steps: [mkdir: a]}]\nschedulers:\n  - force: {builders: [unti]}\n`,
      [
        "2:35: there is no worker 'ww'; did you mean 'w'?",
        "2:39: there is no worker 'other'",
        "4:24: there is no builder 'unti'; did you mean 'unit'?",
      ].join("\n"),
    ],
    [
      "duplicate names",
      `workers: [{name: w, password: p}, {name: w, password: q}]\nbuilders:\n${"  - {name: b, workers: [w], steps: [mkdir: a]}\n".repeat(2)}`,
      "1:42: there is already a worker named 'w'\n4:12: there is already a builder named 'b'",
    ],
    [
      "two builders in one directory",
      `${WORKERS}\nbuilders:\n  - {name: a b, workers: [w], steps: [mkdir: a]}\n  - {name: a_b, workers: [w], steps: [mkdir: a]}\n`,
      "4:12: builder 'a b' already uses the directory 'a_b'; set directory to another one",
    ],
    [
      "a directory that workers have",
      `${WORKERS}\nbuilders:\n  - {name: a, directory: info, workers: [w], steps: [mkdir: a]}\n`,
      "3:26: 'info' is reserved by workers",
    ],
    [
      "addresses of a proxy that are none",
      `web: {read: password, url: "https://ci.example/path", trustedProxies: [10.0.0.0/40]}\n${withStep("mkdir: a")}`,
      [
        "1:28: expected an address such as https://ci.example, without a path, got 'https://ci.example/path'",
        "1:72: expected an address or a network such as 10.0.0.0/8, got '10.0.0.0/40'",
      ].join("\n"),
    ],
    [
      "a page that nobody could read",
      `web: {read: password}\n${withStep("mkdir: a")}`,
      "1:13: password needs adminPassword or adminPasswordFile",
    ],
    [
      "two listeners on one port",
      `listeners: [{protocol: pb, port: 4}, {protocol: msgpack, host: 0.0.0.0, port: 4}]\nweb: {port: 4}\n${withStep("mkdir: a")}`,
      "1:79: port 4 is already used by listener 1\n2:13: port 4 is already used by listener 1",
    ],
    [
      "no password, and two",
      "workers: [{name: a}, {name: b, password: p, passwordFile: q}]\nbuilders: [{name: b, workers: [a], steps: [mkdir: a]}]",
      "1:11: password or passwordFile is missing\n1:59: expected password or passwordFile, got both\n1:59: HOME/q cannot be read: No such file or directory",
    ],
    [
      "a colon over MessagePack",
      "listeners: [{protocol: msgpack}]\nworkers: [{name: 'a:b', password: p}]\nbuilders: [{name: b, workers: ['a:b'], steps: [mkdir: a]}]",
      "2:18: expected a name without ':', reserved in MessagePack logins",
    ],
    [
      "a certificate that is not there",
      `listeners: [{protocol: pb, tls: {certificate: a.pem, privateKey: b.pem}}]\n${withStep("mkdir: a")}`,
      "1:47: HOME/a.pem cannot be read: No such file or directory\n1:66: HOME/b.pem cannot be read: No such file or directory",
    ],
    [
      "a clock that never stands still",
      `${withStep("mkdir: a")}schedulers: [periodic: {builders: [b], every: 0}]`,
      "7:47: expected at least 1 second",
    ],
    [
      "a size that is none",
      `${withStep("mkdir: a")}retention: {logLimit: lots}`,
      "7:23: expected a size such as 100MB, 1GiB or a number of bytes, got 'lots'",
    ],
    [
      "a size beyond all",
      `${withStep("mkdir: a")}retention: {logLimit: 99999999GiB}`,
      "7:23: expected a smaller size, got '99999999GiB'",
    ],
    ["a colon in text without quotes", "title: mine: ours", "1:8: expected quotes around text that contains ': '"],
    [
      "a tab, and all that follows from it",
      "workers:\n\t- {name: w}\nbuilders: []\n",
      "2:1: expected spaces at the start of the line, got a tab",
    ],
    ["an unknown tag", "title: !secret x", "1:8: Unresolved tag: !secret"],
    [
      "a bomb of aliases",
      `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${"*a,".repeat(10)}]\nc: &c [${"*b,".repeat(10)}]\nd: [${"*c,".repeat(10)}]`,
      "1:1: Excessive alias count indicates a resource exhaustion attack",
    ],
    [
      "too many anchors",
      `title: a\nx:\n${"  - &a 1\n".repeat(1001)}`,
      "1003:8: expected at most 1000 anchors and aliases, got more",
    ],
    [
      "too many aliases",
      `title: &a a\nx:\n${"  - *a\n".repeat(1000)}`,
      "1002:5: expected at most 1000 anchors and aliases, got more",
    ],
    ["too many values", `[${"1,".repeat(50_000)}]`, "1:100000: expected at most 50000 keys and values, got more"],
  ])("%s", (_what, text, said) => {
    expect(faultsOf(text)).toBe(said);
  });

  test("endless nesting", () => {
    expect(faultsOf("[".repeat(100_000))).toMatch(/^1:\d+: nested too deeply$/);
  });

  test("a mapping with very many keys, without comparing each key with all others", () => {
    const keys = Array.from({ length: 10_000 }, (_, at) => `k${at}: 1`);
    expect(faultsOf(keys.join("\n"))).toContain("1:1: unknown key 'k0'");
    expect(faultsOf([...keys, "k0: 2"].join("\n"))).toBe("10001:1: Map keys must be unique");
  });

  test("its place, also behind an alias", () => {
    const text = `${WORKERS}\nbuilders:\n  - {name: a, workers: [w], steps: &s [{shel: x}]}\n  - {name: b, workers: [w], steps: *s}\n`;
    expect(faultsOf(text)).toBe("3:41: unknown key 'shel'; did you mean shell?");
  });

  test.each([
    ["a missing file", () => rmSync(path), "cannot be read: No such file or directory"],
    [
      "that it is a directory",
      () => {
        rmSync(path);
        mkdirSync(path);
      },
      "cannot be read: Not a regular file",
    ],
    [
      "that it is too long",
      () => writeFileSync(path, "#".repeat(2 ** 20 + 1)),
      "cannot be read: Longer than 1048576 bytes",
    ],
    ["a file that is not text", () => writeFileSync(path, Buffer.of(0xff)), "cannot be read: Not UTF-8 text"],
  ])("%s", (_what, change, said) => {
    writeFileSync(path, "");
    change();
    expect(() => readMasterConfig(path)).toThrow(`${path} ${said}`);
  });
});

test("passwords that other users can read cause a warning", () => {
  writeFileSync(path, withStep("mkdir: a"));
  chmodSync(path, 0o644);
  const warnings: string[] = [];
  readMasterConfig(path, (sentence) => warnings.push(sentence));
  expect(warnings).toEqual([
    `${path} contains passwords, and other users can read or change it (mode 644); run chmod 600`,
  ]);
});

test.each([
  ["", "contains no password"],
  ["\n", "contains no password"],
  ["a\nb\n", "has more than one line; expected only the password"],
])("a password file with %j is refused", (content, said) => {
  const secret = join(home, "secret");
  writeFileSync(secret, content, { mode: 0o600 });
  expect(faultsOf(withStep("mkdir: a").replace("password: p", "passwordFile: secret"))).toBe(
    `1:35: HOME/secret ${said}`,
  );
});
