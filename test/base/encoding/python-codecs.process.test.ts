// Every encoding beside the Python that is installed.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { codecOf, knownCodecs } from "../../../src/base/encoding/python-codec-names.ts";
import { runsEveryRow } from "../../support/sized.ts";
import { encodingNamed } from "./encodings.ts";

const PYTHON = "/usr/bin/python3";

/** Of each codec: its name by all its names, what it makes of single bytes, and characters it can write. */
const FACTS = `
import codecs, encodings.aliases, json, sys
facts = {}
for name in json.load(sys.stdin):
    module = codecs.lookup(name).name.replace("-", "_").replace("iso8859_1", "latin_1" if name == "iso8859-1" else "iso8859_1")
    written = {}
    if not name.startswith(("utf-16", "utf-32", "utf-8-sig")):
        for code in (*range(0x80, 0x3000, ${runsEveryRow ? 7 : 14}), *range(0x3000, 0x30000, ${runsEveryRow ? 7 : 98})):
            try:
                written[chr(code)] = chr(code).encode(name).hex()
            except UnicodeError:
                pass
    facts[name] = {
        "canonical": codecs.lookup(name).name,
        "aliases": [alias for alias, target in encodings.aliases.aliases.items() if target == module],
        "bytes": [bytes([value]).decode(name, "replace") for value in range(256)],
        "written": written,
    }
json.dump(facts, sys.stdout)
`;

interface Facts {
  readonly canonical: string;
  readonly aliases: readonly string[];
  readonly bytes: readonly string[];
  readonly written: Readonly<Record<string, string>>;
}

/** iconv-lite has these in a later or a larger form; only rare characters differ. */
const nearly = new Set(
  "big5 big5hkscs cp1255 cp932 cp950 euc_jp euc_kr gb18030 gb2312 gbk mac-croatian mac-cyrillic mac-greek mac-iceland mac-roman mac-turkish shift_jis tis-620".split(
    " ",
  ),
);

describe.skipIf(!existsSync(PYTHON))("the encodings beside Python", () => {
  let facts: Readonly<Record<string, Facts>>;

  beforeAll(() => {
    const input = JSON.stringify(knownCodecs());
    const written = execFileSync(PYTHON, ["-c", FACTS], { input, encoding: "utf8", maxBuffer: 100_000_000 });
    facts = JSON.parse(written) as typeof facts;
  });

  it.each(knownCodecs())("%s has Python's names", (name) => {
    expect(facts[name]?.canonical).toBe(name);
    expect(facts[name]?.aliases.filter((alias) => codecOf(alias)?.name !== name)).toEqual([]);
  });

  const exact = knownCodecs().filter((name) => !nearly.has(name));

  it.each(exact)("%s reads every byte as Python does", async (name) => {
    const encoding = await encodingNamed(name);
    const read = Array.from({ length: 256 }, (_, byte) => encoding.decode(Buffer.of(byte)));
    expect(read).toEqual(facts[name]?.bytes);
  });

  it.each(exact)("%s writes as Python does", async (name) => {
    const encoding = await encodingNamed(name);
    const written = Object.entries(facts[name]?.written ?? {});
    expect(written.map(([text]) => encoding.encode(text)?.toString("hex"))).toEqual(written.map(([, hex]) => hex));
  });

  it.each([...nearly])("%s writes nearly all that Python writes in the same way", async (name) => {
    const encoding = await encodingNamed(name);
    const written = Object.entries(facts[name]?.written ?? {});
    const same = written.filter(([text, hex]) => encoding.encode(text)?.toString("hex") === hex);
    // cp932 has private characters; euc_kr composed syllables.
    expect(same.length).toBeGreaterThan(0.45 * written.length);
  });
});
