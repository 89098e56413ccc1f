import { describe, expect, it } from "vitest";
import { BananaDecoder } from "../../../src/wire/banana/decoder.ts";
import type { Element } from "../../../src/wire/banana/element.ts";
import { encodeElement } from "../../../src/wire/banana/encoder.ts";
import { wireErrors } from "../../../src/wire/errors.ts";
import { unjelly } from "../../../src/wire/jelly/unjelly.ts";
import { type PbMessage, readPbMessage, writePbMessage } from "../../../src/wire/pb/messages.ts";
import {
  elementOf,
  readSession,
  type Session,
  sessionNames,
  sessionStream,
  valueFromView,
  viewOf,
} from "../../support/vectors.ts";

describe.each(sessionNames())("the recorded session %s", (name) => {
  const session = readSession(name);
  const connections = [...new Set(session.messages.map((m) => m.conn))];

  it.each(
    connections.flatMap((conn) => [
      { conn, dir: "S>C" as const },
      { conn, dir: "C>S" as const },
    ]),
  )("decodes, means and encodes as recorded: connection $conn, $dir", ({ conn, dir }) => {
    const stream = sessionStream(session, conn, dir);
    const recorded = session.messages.filter((m) => m.conn === conn && m.dir === dir);
    const whole = decodeStream([stream]);
    expect(whole.map(meaning)).toEqual(recorded.map((m) => recordedMeaning(m.pb)));
    expect(decodeStream([...stream].map((byte) => Buffer.from([byte]))).map(meaning)).toEqual(whole.map(meaning));
    expect(whole.map(encode).join("")).toBe(stream.toString("hex"));
  });
});

describe("readMessage", () => {
  it.each([
    ["what is no list", 5],
    ["an empty list", []],
    ["a list that does not begin with a name", [1, 2]],
    ["a version that is no integer", ["version", "6"]],
    ["a message with too few fields", ["message", 1, 2, "print", 1, ["tuple"]]],
    ["an answer with too many fields", ["answer", 1, ["None"], 3]],
    ["a decref of a name", ["decref", "root"]],
    ["a request id that is a string", ["answer", "1", ["None"]]],
  ])("refuses %s, which ends the connection", (_, sexp) => {
    expect(() => readPbMessage(elementOf(sexp))).toThrow(
      expect.objectContaining({ code: wireErrors.pbMessage.code, family: "protocol" }),
    );
  });

  it.each(["cachemessage", "decache", "uncache", "frobnicate"])("reports %s as not supported", (operation) => {
    expect(readPbMessage(elementOf([operation, 1]))).toEqual({ type: "unsupported", operation });
  });
});

function decodeStream(chunks: readonly Uint8Array[]): { element: Element; first: boolean }[] {
  const decoder = new BananaDecoder();
  const decoded: { element: Element; first: boolean }[] = [];
  for (const chunk of chunks) {
    for (const element of decoder.push(chunk)) {
      decoded.push({ element, first: decoded.length === 0 });
      decoder.dialect = "pb";
    }
  }
  return decoded;
}

function encode({ element, first }: { element: Element; first: boolean }): string {
  const written = first ? element : writePbMessage(readPbMessage(element));
  return Buffer.concat(encodeElement(written, first ? "none" : "pb")).toString("hex");
}

function meaning({ element, first }: { element: Element; first: boolean }): unknown {
  return first ? "negotiation" : messageMeaning(readPbMessage(element));
}

function messageMeaning(message: PbMessage): unknown {
  switch (message.type) {
    case "message":
      return { ...message, args: viewOf(unjelly(message.args)), kwargs: viewOf(unjelly(message.kwargs)) };
    case "answer":
      return { ...message, value: viewOf(unjelly(message.value)) };
    case "error":
      return { ...message, failure: viewOf(unjelly(message.failure)) };
    default:
      return message;
  }
}

function recordedMeaning(pb: Session["messages"][number]["pb"]): unknown {
  const { op, arg, answerRequired, ...fields } = pb as Record<string, unknown>;
  const read = (view: unknown) => viewOf(valueFromView(view));
  switch (op) {
    case "NEGOTIATION":
      return "negotiation";
    case "message":
      return {
        type: op,
        requestId: fields["requestID"],
        objectId: fields["objectID"],
        method: fields["method"],
        answerRequired: answerRequired === 1,
        args: read(fields["args"]),
        kwargs: read(fields["kwargs"]),
      };
    case "answer":
      return { type: op, requestId: fields["requestID"], value: read(fields["value"]) };
    case "error":
      return { type: op, requestId: fields["requestID"], failure: read(fields["failure"] ?? fields["value"]) };
    case "version":
      return { type: op, version: arg };
    default:
      return { type: op, objectId: arg };
  }
}
