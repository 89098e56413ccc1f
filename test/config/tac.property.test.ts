import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WorkerError } from "../../src/base/errors.ts";
import { pythonRepr } from "../../src/base/python-repr.ts";
import { configErrors } from "../../src/config/errors.ts";
import { readTac, TAC_MARKER } from "../../src/config/tac.ts";
import type { TacSettings } from "../../src/config/tac-settings.ts";
import { sized } from "../support/sized.ts";

const place = { path: "/srv/w/buildbot.tac", directory: "/srv/w", environment: {} };

const HEAD = `from buildbot_worker.bot import Worker\n# ${TAC_MARKER}\n`;

/** Well-formed text: what a setting can be. */
const settingText = fc.string({ unit: "binary" });

const WORDS =
  "Worker(|os|.environ|.get(|open('/')|'|\"|'''|b'|r'|\\|\\x4|(|)|[|]|=|==|,|:|\n|\n  |\n\t|;|#|if |else|elif |try:|except|with |" +
  " as |import os\n|from a import b\n|not |-|+|*|%|//| if | in |None|1|0o7|.5|basedir|passwd = |x = |x|for|def f():|@|{|}|?";

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

  it("without the marker is no worker's", () => {
    fc.assert(
      fc.property(settingText, (text) => {
        expect(configErrors.tacContent.is(outcome(text))).toBe(!text.includes(TAC_MARKER));
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
