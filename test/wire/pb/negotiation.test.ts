import { describe, expect, it } from "vitest";
import { encodeElement } from "../../../src/wire/banana/encoder.ts";
import { acceptDialect, chooseDialect, dialectOffer } from "../../../src/wire/pb/negotiation.ts";
import { elementOf, readVectors } from "../../support/vectors.ts";

interface Negotiation {
  readonly server_first_bytes_hex: string;
  readonly client_behaviour: readonly { readonly offer: string[]; readonly client_dialect: string | null }[];
  readonly server_behaviour: readonly { readonly reply: unknown; readonly server_dialect: string | null }[];
}

const vectors = readVectors<{ negotiation: Negotiation }>("banana.json").negotiation;

describe("dialect negotiation", () => {
  it("offers what a Twisted server offers", () => {
    expect(Buffer.concat(encodeElement(dialectOffer, "none")).toString("hex")).toBe(vectors.server_first_bytes_hex);
  });

  it.each(vectors.client_behaviour)("answers the offer $offer with $client_dialect", ({ offer, client_dialect }) => {
    if (client_dialect === null) expect(() => chooseDialect(elementOf(offer))).toThrow("Perspective Broker");
    else expect(chooseDialect(elementOf(offer))).toBe(client_dialect);
  });

  it.each(vectors.server_behaviour)("takes the choice $reply as $server_dialect", ({ reply, server_dialect }) => {
    if (server_dialect === null) expect(() => acceptDialect(elementOf(reply))).toThrow("Perspective Broker");
    else expect(acceptDialect(elementOf(reply))).toBe(server_dialect);
  });
});
