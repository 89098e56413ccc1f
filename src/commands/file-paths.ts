// Encodes paths for the operating system. Commands use them as text, as the master wrote them, until they are passed to
// the system.
import { type SystemText, systemPath, systemText } from "../base/encoding/system-text.ts";
import { type TextEncoding, utf8 } from "../base/encoding/text-encoding.ts";
import { commandsErrors } from "./errors.ts";

/** For Node's functions; text if the encoding is UTF-8. Throws ERR_NOT_IN_ENCODING. */
export function filePath(path: string, encoding: TextEncoding): string | Buffer {
  return encoding === utf8 ? path : systemPath(fileText(path, encoding));
}

/** For operations on text. Throws ERR_NOT_IN_ENCODING. */
export function fileText(path: string, encoding: TextEncoding): SystemText {
  return encoding === utf8 ? path : systemText(encodedName(path, "a path", encoding));
}

/** The bytes of a name for the system; throws ERR_NOT_IN_ENCODING, with `what` in the message. */
export function encodedName(name: string, what: string, encoding: TextEncoding): Buffer {
  const bytes = encoding.encode(name);
  if (bytes === undefined)
    throw commandsErrors.notInEncoding(what, encoding.name, "the encoding of file names on this host");
  return bytes;
}
