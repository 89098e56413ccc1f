// Paths as the system takes them. Commands have them as text, as the master wrote them; only what is handed to the system
// is in its encoding.
import { type SystemText, systemPath, systemText } from "../base/encoding/system-text.ts";
import { type TextEncoding, utf8 } from "../base/encoding/text-encoding.ts";
import { commandsErrors } from "./errors.ts";

/** For Node's functions; text as long as the system's encoding is theirs. Throws ERR_NOT_IN_ENCODING. */
export function filePath(path: string, encoding: TextEncoding): string | Buffer {
  return encoding === utf8 ? path : systemPath(fileText(path, encoding));
}

/** For work on it as on text. Throws ERR_NOT_IN_ENCODING. */
export function fileText(path: string, encoding: TextEncoding): SystemText {
  return encoding === utf8 ? path : systemText(encodedName(path, "a path", encoding));
}

/** The bytes of a name that the system is to know; `what` is said of it where it has none. */
export function encodedName(name: string, what: string, encoding: TextEncoding): Buffer {
  const bytes = encoding.encode(name);
  if (bytes === undefined)
    throw commandsErrors.notInEncoding(what, encoding.name, "the encoding of file names on this host");
  return bytes;
}
