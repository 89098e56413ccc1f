import { describe, expect, it } from "vitest";
import { BananaDecoder } from "../../../src/wire/banana/decoder.ts";
import { type BananaLimits, bananaLimits } from "../../../src/wire/banana/limits.ts";
import { wireErrors } from "../../../src/wire/errors.ts";
import { bytes } from "../../support/vectors.ts";

function decoder(limits: Partial<BananaLimits> = {}): BananaDecoder {
  const made = new BananaDecoder({ ...bananaLimits, ...limits });
  made.dialect = "pb";
  return made;
}

function limitError(hex: string, limits: Partial<BananaLimits>) {
  return expect(() => [...decoder(limits).push(bytes(hex))]).toThrow(
    expect.objectContaining({ code: wireErrors.bananaLimit.code }),
  );
}

describe("BananaDecoder", () => {
  it("hands out a view of the chunk for a string that lies within it", () => {
    const chunk = bytes("0382616263");
    const [element] = [...decoder().push(chunk)];
    expect((element as Uint8Array).buffer).toBe(chunk.buffer);
  });

  it("delivers what came before a bad byte, throws once and then stays dead", () => {
    const dead = decoder();
    const values: unknown[] = [];
    expect(() => {
      for (const value of dead.push(bytes("018101ff"))) values.push(value);
    }).toThrow(expect.objectContaining({ code: wireErrors.bananaSyntax.code }));
    expect(values).toEqual([1]);
    expect([...dead.push(bytes("0181"))]).toEqual([]);
  });

  it("takes a new dialect between two elements of one chunk", () => {
    const fresh = new BananaDecoder();
    const seen: string[] = [];
    for (const element of fresh.push(bytes("027f8102828182".slice(0, 6).concat("1a87")))) {
      fresh.dialect = "pb";
      seen.push(element instanceof Uint8Array ? Buffer.from(element).toString() : String(element));
    }
    expect(seen.at(-1)).toBe("message");
  });

  it("reads nested empty lists and lists that close several levels at once", () => {
    expect([...decoder().push(bytes("0180018001800080"))]).toEqual([[[[[]]]]]);
  });

  it("checks a string's declared length, before its body", () => limitError("0b82", { stringBytes: 10 }));
  it("checks a list's declared length", () => limitError("0b80", { listItems: 10 }));
  it("checks the depth", () => limitError("018001800180", { depth: 2 }));
  it("checks the digits of an integer, before its type byte", () => limitError("010101", { prefixBytes: 2 }));
  it("checks a message's bytes by what its strings declare", () =>
    limitError("02800482616263640782", { messageBytes: 16 }));
  it("checks a message's bytes by what its lists declare", () => limitError("7f80", { messageBytes: 100 }));
  it("checks a message's elements over all its lists", () =>
    limitError("028003800181018101810380", { messageElements: 7 }));

  it("counts each message separately", () => {
    const small = decoder({ messageBytes: 8, messageElements: 3 });
    const message = bytes("02800182610081");
    expect([...small.push(Buffer.concat([message, message, message]))]).toHaveLength(3);
  });

  it("holds memory for what has arrived of a long string, not for what was announced", () => {
    const many = Array.from({ length: 200 }, () => decoder());
    const before = process.memoryUsage().arrayBuffers;
    for (const one of many) expect([...one.push(bytes("0000288261"))]).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * 64 * 1024);
  });
});
