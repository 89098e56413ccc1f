// The real create-worker writes, we read; and Python itself says what its literals mean.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTac, readTacFile } from "../../src/config/tac.ts";
import type { TacLog, TacSettings } from "../../src/config/tac-settings.ts";
import { sized } from "../support/sized.ts";

const CREATE_WORKER = "/usr/bin/buildbot-worker";
const PYTHON = "/usr/bin/python3";

/** The real program again and again in one process: to start it takes longer than its work. */
const RUN_EACH = `
import json, sys
from buildbot_worker.scripts.runner import run
for words in json.load(sys.stdin):
    sys.argv = ["buildbot-worker", *words]
    try:
        run()
    except SystemExit as end:
        if end.code:
            raise
`;

const directory = mkdtempSync(join(tmpdir(), "buildhand-created-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** The last words: master, name and password. */
type Creation = readonly [options: readonly string[], last: readonly string[], read: Partial<TacSettings & TacLog>];
const USUAL = ["master.example", "w", "secret"];

const basedirOf = (at: number) => join(directory, `worker ${at}`);

function readBack(basedir: string): TacSettings & TacLog {
  const file = readTacFile(basedir);
  const { workers, log } = readTac(file.text, { path: file.path, directory: basedir, environment: {} });
  return { ...workers[0], ...log };
}

describe.skipIf(!existsSync(CREATE_WORKER))("what the real create-worker writes", () => {
  const byOption: readonly (readonly [string, Partial<TacSettings & TacLog>])[] = [
    ["--relocatable", { workerName: "w" }],
    ["--no-logrotate", { hasObserver: false, rotateLengthBytes: null }],
    ["--use-tls", { useTls: true }],
    ["--delete-leftover-dirs", { deleteLeftoverDirs: 1 }],
    ["--keepalive=30", { keepaliveSeconds: 30 }],
    ["--keepalive=-5", { keepaliveSeconds: 0 }],
    ["--maxdelay=60", { maxDelaySeconds: 60 }],
    ["--log-size=5000", { rotateLengthBytes: 5000 }],
    ["--log-count=None", { maxRotatedFiles: null }],
    ["--umask=0o22", { umask: 0o22 }],
    ["--umask=18", { umask: 18 }],
    ["--maxretries=3", { maxRetries: 3 }],
    ["--numcpus=4", { numcpus: 4 }],
    ["--allow-shutdown=signal", { allowShutdown: "signal" }],
    ["--allow-shutdown=file", { allowShutdown: "file" }],
    ["--protocol=msgpack_experimental_v7", { protocol: "msgpack_experimental_v7" }],
    [String.raw`--connection-string=tls:h\:x:1`, { connectionString: String.raw`tls:h\:x:1`, port: null }],
    ["--proxy-connection-string=tcp:p:3128", { proxyConnectionString: "tcp:p:3128" }],
  ];
  const oddTexts = [
    `"double" and 'single'`,
    String.raw`back\slash\n`,
    "é😀\u0080\u200b\ufeff",
    "%s {} $x",
    "\t\r\n",
    "'''",
  ];
  const creations: readonly Creation[] = [
    [[], USUAL, {}],
    ...byOption.map(([option, read]): Creation => [[option], USUAL, read]),
    [[], ["[::1]:4000", "w", "secret"], { buildmasterHost: "::1", port: 4000 }],
    ...oddTexts.map((text): Creation => [[], ["h", text, `${text}!`], { workerName: text, password: `${text}!` }]),
  ];
  beforeAll(() => {
    const words = creations.map(([options, last], at) => ["create-worker", "-q", ...options, basedirOf(at), ...last]);
    execFileSync(PYTHON, ["-c", RUN_EACH], { input: JSON.stringify(words) });
  });

  it("has its defaults", () => {
    expect(readBack(basedirOf(0))).toEqual({
      basedir: basedirOf(0),
      buildmasterHost: "master.example",
      port: 9989,
      connectionString: null,
      proxyConnectionString: null,
      workerName: "w",
      password: "secret",
      passwordVariables: [],
      keepaliveSeconds: 600,
      umask: null,
      maxDelaySeconds: 300,
      numcpus: null,
      allowShutdown: null,
      maxRetries: null,
      useTls: false,
      deleteLeftoverDirs: 0,
      protocol: "pb",
      unicodeEncoding: null,
      path: null,
      hasObserver: true,
      logPath: join(basedirOf(0), "twistd.log"),
      toStandardError: false,
      rotatesDaily: false,
      rotateLengthBytes: 10_000_000,
      maxRotatedFiles: 10,
    });
  });

  it.each(creations.map(([options, last, read], at) => [JSON.stringify([...options, ...last]), at, read] as const))(
    "is read back: %s",
    (_words, at, read) => {
      expect(readBack(basedirOf(at))).toMatchObject({ ...read, basedir: basedirOf(at) });
    },
  );
});

describe.skipIf(!existsSync(PYTHON))("a literal", () => {
  it("means what Python says", () => {
    const unit = fc.constantFrom(
      ...Array.from(String.raw`\'"abfnrtvxuU0178Aé😀 `),
      "\n",
      "\\\n",
      "\\x4",
      "\\u00e",
      "\\U0001f60",
    );
    const body = fc.string({ unit, maxLength: 12 });
    const prefix = fc.constantFrom("", "r", "b", "Rb", "u");
    const quotes = fc.constantFrom("'", '"', "'''", '"""');
    const literals = fc.sample(
      fc.tuple(prefix, body, quotes).map(([letters, text, quote]) => letters + quote + text + quote),
      sized(1000, 3000),
    );
    const theirs = pythonTexts(literals);
    const ours = literals.map(textOf);
    const differing = literals.filter((_, index) => ours[index] !== theirs[index]);
    expect(differing).toEqual([]);
    expect(theirs.filter((text) => text !== null).length).toBeGreaterThan(literals.length / 3);
  });
});

/** What Python reads, as UTF-8 text; null for what is no literal of text, or not UTF-8. */
function pythonTexts(literals: readonly string[]): readonly (string | null)[] {
  const program = `
import json, sys, warnings
warnings.simplefilter("ignore")
def read(literal):
    try:
        value = eval("(" + literal + ")")
        if isinstance(value, bytes): value = value.decode()
        value.encode()
        return value
    except Exception:
        return None
print(json.dumps([read(literal) for literal in json.load(sys.stdin)]))`;
  return JSON.parse(execFileSync(PYTHON, ["-c", program], { input: JSON.stringify(literals), encoding: "utf8" }));
}

function textOf(literal: string): string | null {
  const text = `from buildbot_worker.bot import Worker\n# Application('buildbot-worker')\nWorker('h', 1, ${literal}, '', '', 0)\n`;
  try {
    return readTac(text, { path: "/buildbot.tac", directory: "/", environment: {} }).workers[0].workerName;
  } catch {
    // Whatever the reason, it was not read: Python must not read it either.
    return null;
  }
}
