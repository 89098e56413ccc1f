import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { endpointWords } from "../../src/transport/endpoint-words.ts";
import { readReply } from "../../src/transport/proxy-reply.ts";

const escaped = (text: string) => text.replaceAll(/[\\:=]/g, (one) => `\\${one}`);

describe("an endpoint string", () => {
  it("gives back any words that were escaped", () => {
    const keywords = fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true });
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), keywords, (positional, pairs) => {
        const named = Object.entries(pairs).map(([key, value]) => `${escaped(key)}=${escaped(value)}`);
        const words = endpointWords([...positional.map(escaped), ...named].join(":"));
        expect(words?.positional).toEqual(positional);
        expect(words?.keywords).toEqual(new Map(Object.entries(pairs)));
      }),
    );
  });
});

describe("the answer of a proxy", () => {
  it("is read the same however much of the tunnel has come with it, and not before its end", () => {
    const line = fc.stringMatching(/^[a-zA-Z-]{1,10}: [ -~]{0,20}$/);
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.array(line), fc.uint8Array(), (status, fields, tunnel) => {
        const head = Buffer.from([`HTTP/1.1 ${status} Some reason`, ...fields, "", ""].join("\r\n"));
        for (const cut of head.keys()) {
          expect(readReply(head.subarray(0, cut))).toEqual({ kind: "unfinished" });
        }
        expect(readReply(Buffer.concat([head, tunnel]))).toMatchObject({
          kind: "reply",
          reply: { status, headBytes: head.length },
        });
      }),
    );
  });

  it("is never too odd to be read", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom("", "HTTP/1.1 ", "HTTP/1.1 200 OK\r\n"),
        (bytes, head) => {
          expect(readReply(Buffer.concat([Buffer.from(head), bytes])).kind).toMatch(/^(?:unfinished|reply|garbage)$/);
        },
      ),
    );
  });
});
