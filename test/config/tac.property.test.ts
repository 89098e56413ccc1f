import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WorkerError } from "../../src/base/errors.ts";
import { pythonRepr } from "../../src/base/python-repr.ts";
import { configErrors } from "../../src/config/errors.ts";
import { readTac, TAC_MARKER } from "../../src/config/tac.ts";
import type { TacSettings } from "../../src/config/tac-settings.ts";
import { sized } from "../support/sized.ts";

const place = { path: "/srv/w/buildbot.tac", directory: "/srv/w", environment: { WORKERPASS: "s3cretvalue" } };

const HEAD = `import json, os, sys\nfrom pathlib import Path\nfrom buildbot_worker.bot import Worker\n# ${TAC_MARKER}\n`;

/** Well-formed text: what a setting can be. */
const settingText = fc.string({ unit: "binary" });

const WORDS =
  "Worker(|os|.environ|.get(|open('/')|'|\"|'''|b'|f'{|}'|:>5}|r'|\\|\\x4|(|)|[|]|[1:]|[-1]|=|+=|==|<|,|:|\n|\n  |\n\t|;|#|if |else|" +
  "elif |try:|except|finally:|raise |assert |print(|with | as |import os\n|from a import b\n|not |-|+|*|**|%|//| if | in |None|1|" +
  "9999999999|0o7|.5|basedir|passwd = |x = |x|x, y = |for x in |range(|break|def f():|@|{|}|{'a': 1}|?|.split(|.join(|.format(|del |" +
  "sys.exit(|list(|sorted(|str(|int(|json.loads(|Path(|lambda: |while ";

/** Lines that are sound Python, of which programs are put together that go far before they are refused, or grow. */
const LINES = [
  "x = 'ab'",
  "x = [1, 'a', 2.5]",
  "x = {'a': 1}",
  "x = (1, x)",
  "x = [x, x]",
  "x = x + x",
  "x *= 3",
  "x += [x]",
  "x = str(x)",
  "x = f'{x:>9}{x!r}'",
  "x = '%s-%5d' % (x, 3)",
  "x = '{0}{0}'.format(x)",
  "x = x.split('a')",
  "x = ''.join(x)",
  "x = x[1:]",
  "x = x[0]",
  "x.append(x)",
  "x.update(x)",
  "x['k'] = x",
  "del x['k']",
  "x = list(x)",
  "x = sorted(x)",
  "x = x.replace('', 'xyz')",
  "x = x.items()",
  "y, *x = x",
  "x = os.environ",
  "x = Path('.') / x",
  "x = json.loads('[1, {\"a\": [2]}]')",
  "x = x == [x]",
  "x = x in x",
  "x = len(x) ** 9",
  "print(x)",
  "x = x.encode()",
  "x = x.decode()",
  "x = max(x)",
  "x = range(99, 0, -7)",
  "x = dict(x)",
  "x = tuple(x) * 50",
  "x = open('/etc/hostname')",
  "x = x.readlines()",
  "x = zip(x, x)",
  "x = int(x)",
  "x = not x or x and x",
  "for x in x: pass",
  "for y in range(300): x += x",
  "for y in range(300): x = [x]",
  "if x: x = 1",
  "try: x = x['a']\nexcept KeyError: x = 2",
  "try: x = x[9]\nexcept Exception as e: x = e\nfinally: y = x",
  "raise KeyError(x)",
  "sys.exit(x)",
  "assert x, x",
  "raise",
];

/** Pieces of programs, so that random texts get past their first character. */
const piece = fc.oneof(fc.constantFrom(...WORDS.split("|")), fc.string({ maxLength: 5 }), settingText);

function outcome(text: string): TacSettings | WorkerError {
  try {
    return readTac(text, place).workers[0];
  } catch (error) {
    if (error instanceof WorkerError) return error;
    throw error;
  }
}

describe("any text", () => {
  it("gives settings or one usage error", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const result = outcome(HEAD + pieces.join(""));
        if (result instanceof WorkerError) expect(result.family).toBe("usage");
      }),
      { numRuns: sized(500, 2000) },
    );
  });

  it("of sound lines gives one usage error, within a bounded time", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...LINES), { maxLength: 40 }), (lines) => {
        const result = outcome(`${HEAD}x = os.environ['WORKERPASS']\n${lines.join("\n")}\n`);
        expect(result instanceof WorkerError && result.family).toBe("usage");
        expect(String(result)).not.toContain("s3cretvalue");
      }),
      { numRuns: sized(1000, 10_000) },
    );
  });

  it("without an Application is no worker's", () => {
    fc.assert(
      fc.property(settingText, (text) => {
        expect(configErrors.tacContent.is(outcome(text))).toBe(!/\bApplication\b/.test(text));
      }),
    );
  });

  it("never repeats a password in an error", () => {
    // Longer than any word of the error table's own sentences.
    const password = fc.stringMatching(/^[a-z]{12,20}$/);
    fc.assert(
      fc.property(password, fc.array(piece, { maxLength: 10 }), (secret, pieces) => {
        for (const written of [pythonRepr(secret), secret, `'${secret}`]) {
          const result = outcome(
            `${HEAD}passwd = ${written} ${pieces.join("")}\nWorker(1, 1, 1, passwd, passwd, passwd)`,
          );
          if (result instanceof WorkerError) expect(result.message).not.toContain(secret);
        }
      }),
    );
  });
});

describe("any setting", () => {
  it("is read back from its Python form", () => {
    const settings = fc.record({
      host: settingText,
      name: settingText,
      password: settingText,
      encoding: fc.option(fc.constantFrom("utf-8", "latin-1", "Shift JIS", "cp1252")),
      keepalive: fc.nat(),
      port: fc.integer({ min: 1, max: 65_535 }),
      umask: fc.option(fc.integer({ min: 0, max: 0o777 })),
      numcpus: fc.option(fc.integer({ min: 1 })),
    });
    fc.assert(
      fc.property(settings, (given) => {
        const { host, port, name, password, keepalive, umask, encoding, numcpus } = given;
        const written = [host, port, name, password, ".", keepalive].map(pythonRepr).join(", ");
        const keywords = `umask=${pythonRepr(umask)}, unicode_encoding=${pythonRepr(encoding)}, numcpus=${pythonRepr(numcpus)}`;
        expect(readTac(`${HEAD}Worker(${written}, ${keywords})\n`, place).workers[0]).toMatchObject({
          buildmasterHost: host,
          port,
          workerName: name,
          password,
          basedir: "/srv/w",
          keepaliveSeconds: keepalive,
          umask,
          unicodeEncoding: encoding,
          numcpus,
        });
      }),
    );
  });
});
