// Python's own library reads what we write, and we what it writes: it is what masters use.
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Float } from "../../../src/base/python-values.ts";
import { decodeMessage } from "../../../src/wire/msgpack/decoder.ts";
import { encodeMessage } from "../../../src/wire/msgpack/encoder.ts";
import type { MsgpackValue } from "../../../src/wire/msgpack/values.ts";
import { msgpackValue } from "./arbitrary-value.ts";

const PYTHON = "/usr/bin/python3";
/** Reads each line's message and writes what it is in Python, and the message again. */
const SCRIPT = `
import msgpack, sys
for line in sys.stdin:
    value = msgpack.unpackb(bytes.fromhex(line), raw=False)
    print(repr(value).encode("utf-8", "surrogatepass").hex(), msgpack.packb(value, use_bin_type=True).hex())
`;

it.runIf(hasLibrary())(
  "Python's library takes our messages for what they are, and makes the same bytes of them",
  () => {
    const values = fc.sample(msgpackValue, 300);
    const messages = values.map((value) => encodeMessage(value));
    const input = messages.map((message) => `${message.toString("hex")}\n`).join("");
    const lines = execFileSync(PYTHON, ["-c", SCRIPT], { input, encoding: "utf8" }).trim().split("\n");
    expect(lines).toHaveLength(values.length);
    for (const [place, line] of lines.entries()) {
      const [, again = ""] = line.split(" ");
      expect(again).toBe(messages[place]?.toString("hex"));
      expect(decodeMessage(Buffer.from(again, "hex"))).toEqual(values[place]);
    }
  },
);

it.runIf(hasLibrary())("Python's library tells integers, floats, text and bytes of ours apart", () => {
  const value: MsgpackValue = [1, 2 ** 40, 2n ** 63n, new Float(1), "é", Buffer.from("é"), null, true];
  const input = encodeMessage(value).toString("hex");
  const [shown = ""] = execFileSync(PYTHON, ["-c", SCRIPT], { input, encoding: "utf8" }).split(" ");
  expect(Buffer.from(shown, "hex").toString()).toBe(
    `[1, 1099511627776, 9223372036854775808, 1.0, 'é', b'\\xc3\\xa9', None, True]`,
  );
});

function hasLibrary(): boolean {
  try {
    execFileSync(PYTHON, ["-c", "import msgpack"], { stdio: "ignore" });
    return true;
  } catch {
    return false; // a host without Buildbot
  }
}
