// The messages of Perspective Broker (perspective-broker.md §2): elements ⇄ typed messages. Arguments and
// results stay jelly here, since they may be invalid in a valid message.

import { type Element, type Encodable, isList } from "../banana/index.ts";
import { wireErrors } from "../errors.ts";

export const PB_VERSION = 6;

/** An id assigned by the owner of the object, or the name of a well-known object such as `root`. */
export type ObjectId = number | string;

export type PbMessage<Body = Element> =
  | { readonly type: "version"; readonly version: number }
  | {
      readonly type: "message";
      readonly requestId: number;
      readonly objectId: ObjectId;
      readonly method: string;
      readonly answerRequired: boolean;
      readonly args: Body;
      readonly kwargs: Body;
    }
  | { readonly type: "answer"; readonly requestId: number; readonly value: Body }
  | { readonly type: "error"; readonly requestId: number; readonly failure: Body }
  | { readonly type: "decref"; readonly objectId: number }
  | { readonly type: "didNotUnderstand"; readonly operation: string }
  /** Operations for cached copies, which Buildbot never uses, and unknown operations. */
  | { readonly type: "unsupported"; readonly operation: string };

/** Throws ERR_PB_MESSAGE, which ends the connection. */
export function readPbMessage(element: Element): PbMessage {
  if (!isList(element)) throw wireErrors.pbMessage("a message, which is a list", describe(element));
  const [head, ...fields] = element;
  const operation = readName("the operation of a message", head);
  switch (operation) {
    case "version":
      expectFields(operation, fields, 1);
      return { type: operation, version: readInteger("a version", fields[0]) };
    case "message":
      expectFields(operation, fields, 6);
      return {
        type: operation,
        requestId: readInteger("a request id", fields[0]),
        objectId: typeof fields[1] === "number" ? fields[1] : readName("an object id", fields[1]),
        method: readName("a method name", fields[2]),
        answerRequired: fields[3] !== 0,
        args: fields[4]!,
        kwargs: fields[5]!,
      };
    case "answer":
      expectFields(operation, fields, 2);
      return { type: operation, requestId: readInteger("a request id", fields[0]), value: fields[1]! };
    case "error":
      expectFields(operation, fields, 2);
      return { type: operation, requestId: readInteger("a request id", fields[0]), failure: fields[1]! };
    case "decref":
      expectFields(operation, fields, 1);
      return { type: operation, objectId: readInteger("an object id", fields[0]) };
    case "didNotUnderstand":
      expectFields(operation, fields, 1);
      return { type: operation, operation: readName("an operation", fields[0]) };
    default:
      return { type: "unsupported", operation };
  }
}

// [version, 6]                    [message, requestID, objectID, method, answerRequired, args, kwargs]
// [answer, requestID, value]      [error, requestID, failure]      [decref, objectID]      [didNotUnderstand, operation]
/** `unsupported` has no form of its own and is written as its bare operation. */
export function writePbMessage(message: PbMessage<Encodable>): Encodable {
  switch (message.type) {
    case "version":
      return [message.type, message.version];
    case "message":
      return [
        message.type,
        message.requestId,
        message.objectId,
        message.method,
        message.answerRequired ? 1 : 0,
        message.args,
        message.kwargs,
      ];
    case "answer":
      return [message.type, message.requestId, message.value];
    case "error":
      return [message.type, message.requestId, message.failure];
    case "decref":
      return [message.type, message.objectId];
    case "didNotUnderstand":
      return [message.type, message.operation];
    case "unsupported":
      return [message.operation];
    default:
      return message satisfies never;
  }
}

function expectFields(operation: string, fields: readonly Element[], count: number): void {
  if (fields.length !== count) {
    throw wireErrors.pbMessage(`${count} fields after ${operation}`, `${fields.length}`);
  }
}

function readInteger(what: string, element: Element | undefined): number {
  if (typeof element !== "number") throw wireErrors.pbMessage(`${what}, which is an integer`, describe(element));
  return element;
}

function readName(what: string, element: Element | undefined): string {
  if (!(element instanceof Uint8Array))
    throw wireErrors.pbMessage(`${what}, which is a byte string`, describe(element));
  return Buffer.from(element).toString("utf8");
}

function describe(element: Element | undefined): string {
  if (element === undefined) return "nothing";
  if (isList(element)) return `a list of ${element.length}`;
  if (element instanceof Uint8Array) return `a string of ${element.length} bytes`;
  return typeof element === "object" ? "a float" : "an integer";
}
