// An encoding by a name that is known.
import { openTextEncoding } from "../../../src/base/encoding/open-encoding.ts";
import type { TextEncoding } from "../../../src/base/encoding/text-encoding.ts";

export async function encodingNamed(name: string): Promise<TextEncoding> {
  const encoding = await openTextEncoding(name);
  if (encoding === undefined) throw new Error(`no encoding ${name}`);
  return encoding;
}
