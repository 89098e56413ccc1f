// The handshake of a connection: the TCP server offers its dialects, the client picks one
// (perspective-broker.md §1.5).

import { type Dialect, type Element, type Encodable, isList } from "../banana/index.ts";
import { wireErrors } from "../errors.ts";

/** A server sends this first, in order of preference. */
export const dialectOffer: Encodable = ["pb", "none"];

/** The client's choice: the first of the server's dialects that it knows. */
export function chooseDialect(offer: Element): Dialect {
  if (isList(offer)) {
    for (const item of offer) {
      const dialect = readDialect(item);
      if (dialect !== undefined) return dialect;
    }
  }
  throw wireErrors.bananaSyntax("an offer of banana dialects with pb or none", "none of them");
}

/** The server's check of the client's choice. */
export function acceptDialect(choice: Element): Dialect {
  const dialect = readDialect(choice);
  if (dialect === undefined) throw wireErrors.bananaSyntax("pb or none as the chosen banana dialect", "something else");
  return dialect;
}

function readDialect(element: Element): Dialect | undefined {
  if (!(element instanceof Uint8Array)) return undefined;
  const name = Buffer.from(element).toString("latin1");
  return name === "pb" || name === "none" ? name : undefined;
}
