// The messages of Perspective Broker, and how both ends agree on a dialect.
export { PB_VERSION, type PbMessage, readPbMessage, writePbMessage } from "./messages.ts";
export { acceptDialect, chooseDialect, dialectOffer } from "./negotiation.ts";
