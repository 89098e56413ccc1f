import { describe, expect, it } from "vitest";
import { BananaDecoder } from "../../../src/wire/banana/decoder.ts";
import type { Element } from "../../../src/wire/banana/element.ts";
import { encodeElement } from "../../../src/wire/banana/encoder.ts";
import { wireErrors } from "../../../src/wire/errors.ts";
import { Failure } from "../../../src/wire/jelly/failure.ts";
import { jelly } from "../../../src/wire/jelly/jelly.ts";
import { unjelly } from "../../../src/wire/jelly/unjelly.ts";
import { Unpersistable } from "../../../src/wire/jelly/values.ts";
import { bytes, comparable, elementOf, readVectors, valueFromView, viewOf } from "../../support/vectors.ts";

interface Case {
  readonly name: string;
  readonly sexp: unknown;
  readonly hex: string;
  readonly view?: unknown;
}

interface BadInput {
  readonly name: string;
  readonly sexp: unknown;
  readonly exception?: string;
  readonly message?: string;
  readonly result?: string;
}

const vectors = readVectors<{
  cases: Case[];
  failures: { name: string; hex: string }[];
  unjelly_bad_input: BadInput[];
}>("jelly.json");
const cases = vectors.cases;
/** Twisted shares repeated objects; we read that and write them out. */
const isShared = ({ view }: Case) => JSON.stringify(view ?? null).includes('"reference"');
const isCyclic = ({ view }: Case) => view === undefined;

function decode(hex: string): Element {
  const decoder = new BananaDecoder();
  decoder.dialect = "pb";
  const [element] = [...decoder.push(bytes(hex))];
  return element!;
}

describe.each(cases.filter((c) => !isCyclic(c)))("jelly vector $name", (vector) => {
  const written = viewOf(valueFromView(vector.view));

  it("is read from its bytes", () => {
    expect(viewOf(unjelly(decode(vector.hex)))).toEqual(written);
  });

  it("is read from its s-expression", () => {
    expect(viewOf(unjelly(elementOf(vector.sexp)))).toEqual(written);
  });

  it(isShared(vector) ? "is written with its shared parts repeated" : "is written to the same bytes", () => {
    const encoding = Buffer.concat(encodeElement(jelly(valueFromView(vector.view)), "pb"));
    if (isShared(vector)) expect(viewOf(unjelly(decode(encoding.toString("hex"))))).toEqual(written);
    else expect(encoding.toString("hex")).toBe(vector.hex);
  });
});

describe.each(cases.filter(isCyclic))("the cyclic jelly vector $name", ({ hex }) => {
  it("is refused: no master sends one", () => {
    expect(() => unjelly(decode(hex))).toThrow(expect.objectContaining({ code: wireErrors.jellyRefused.code }));
  });
});

describe.each(vectors.failures)("the failure vector $name", ({ hex }) => {
  it("is read", () => {
    // All but the last are whole `error` messages; that one is the argument tuple of `complete`.
    const element = decode(hex);
    const [head] = element as Element[];
    const isMessage = Buffer.from(head as Uint8Array).toString() === "error";
    const value = unjelly(isMessage ? (element as Element[])[2]! : element);
    const failure = value instanceof Failure ? value : (value as { items: Failure[] }).items[0]!;
    expect(failure).toBeInstanceOf(Failure);
    expect(failure.type).toMatch(/^[\w.]+$/);
    expect(failure.parents).toContain(failure.type);
    expect(failure.message).not.toBe("");
  });
});

/** What Twisted accepts and we refuse: it stands for cyclic or undefined data. */
const refusedByUs = ["dereference never defined", "forward dereference"];

describe.each(vectors.unjelly_bad_input)("bad jelly: $name", ({ name, sexp, exception, message, result }) => {
  it("gives the value or the refusal that a Twisted peer gives", () => {
    const read = () => unjelly(elementOf(sexp));
    if (exception !== undefined || refusedByUs.includes(name)) {
      const isInsecure = exception?.endsWith("InsecureJelly") && !name.startsWith("bytes form");
      expect(read).toThrow(
        expect.objectContaining({
          code: wireErrors.jellyRefused.code,
          ...(isInsecure ? { message, remoteType: exception } : {}),
        }),
      );
    } else if (result?.startsWith("Unpersistable")) {
      expect(read()).toBeInstanceOf(Unpersistable);
    } else {
      expect(read).not.toThrow();
    }
  });
});

describe("a shared value", () => {
  it("is read as often as it occurs, but not without end", () => {
    // Each level holds the one before twice: 2^40 values in a few hundred bytes.
    let form = ["list", 0] as unknown;
    for (let level = 1; level <= 40; level += 1) form = ["list", ["reference", level, form], ["dereference", level]];
    expect(() => unjelly(elementOf(form))).toThrow(expect.objectContaining({ code: wireErrors.jellyRefused.code }));
  });

  it("keeps its identity", () => {
    const value = unjelly(elementOf(["list", ["reference", 1, ["list", 7]], ["dereference", 1]])) as unknown[];
    expect(value[0]).toBe(value[1]);
  });
});

it("compares decoded elements as the tests need", () => {
  expect(comparable(decode("0382616263"))).toEqual({ bytes: "abc" });
});
