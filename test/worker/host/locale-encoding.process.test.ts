// The encoding of the locale beside Python's, with locales that are made for it.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codecOf } from "../../../src/base/encoding/python-codec-names.ts";
import { openEncodings } from "../../../src/worker/host/index.ts";
import { localeEncodingName } from "../../../src/worker/host/locale-encoding.ts";
import { rowsOf } from "../../support/sized.ts";

const LOCALEDEF = "localedef";
const PYTHON = "/usr/bin/python3";
const ASK = "import sys; print(sys.getfilesystemencoding())";
/** Making one takes a second. */
const LOCALES = rowsOf(
  [
    ["de_DE", "ISO-8859-1", "de_DE.ISO-8859-1"],
    ["de_DE@euro", "ISO-8859-15", "de_DE@euro"],
    ["ja_JP", "EUC-JP", "ja_JP"],
    ["de_DE", "UTF-8", "de_DE.UTF-8"],
  ] as const,
  ([, charmap]) => charmap === "ISO-8859-1",
);

let locpath: string;
const unwanted = (text: string) => expect.unreachable(text);

beforeAll(() => {
  locpath = mkdtempSync(join(tmpdir(), "buildhand-locales-"));
  // Where there is no localedef or no source of a locale, it is one that is missing, for Python too.
  for (const [source, charmap, name] of LOCALES) {
    spawnSync(LOCALEDEF, ["-i", source, "-f", charmap, join(locpath, name)], { stdio: "ignore" });
  }
});

afterAll(() => {
  rmSync(locpath, { recursive: true, force: true });
});

const environments: readonly Readonly<Record<string, string>>[] = [
  {},
  { LANG: "C" },
  { LANG: "POSIX" },
  { LC_ALL: "C", LANG: "de_DE.ISO-8859-1" },
  { LANG: "C.UTF-8" },
  { LANG: "de_DE.UTF-8" },
  { LANG: "xx_XX.utf8" },
  { LANG: "nowhere" },
  { LANG: "nowhere.ISO-8859-1" },
  { LANG: "de_DE.ISO-8859-1" },
  { LANG: "de_DE@euro" },
  { LC_CTYPE: "ja_JP", LANG: "C" },
  { LC_ALL: "", LC_CTYPE: "", LANG: "ja_JP" },
  { LC_CTYPE: "de_DE.ISO-8859-1", LC_ALL: "nowhere" },
  { LC_MESSAGES: "nowhere", LC_TIME: "nowhere", LANG: "de_DE.ISO-8859-1" },
];

describe.skipIf(!existsSync(PYTHON))("the encoding of the locale", () => {
  it.each(environments.map((one) => [JSON.stringify(one), one] as const))("is Python's for %s", (_shown, variables) => {
    const env = { PATH: "/usr/bin:/bin", LOCPATH: locpath, ...variables };
    const python = execFileSync(PYTHON, ["-c", ASK], { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    expect(codecOf(localeEncodingName(env, unwanted))).toEqual(codecOf(python.trim()));
  });
});

describe("the encoding of the locale", () => {
  it("is UTF-8 without a locale program", () => {
    expect(localeEncodingName({ PATH: "/nowhere", LANG: "de_DE" }, unwanted)).toBe("utf-8");
  });

  it("is UTF-8 where the program cannot tell it, which the log says", async () => {
    writeFileSync(join(locpath, "locale"), "");
    const said: string[] = [];
    const environment = { PATH: locpath, LANG: "de_DE" };
    const { encoding } = await openEncodings({ configured: null, environment, log: (text) => said.push(text) });
    expect([encoding.name, said]).toEqual([
      "utf-8",
      ["cannot find the encoding of this worker's locale with locale (Permission denied): using utf-8"],
    ]);
  });
});
