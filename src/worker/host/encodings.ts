// Chooses the worker's encodings by its configuration and its host.
import { openTextEncoding } from "../../base/encoding/open-encoding.ts";
import { type TextEncoding, utf8 } from "../../base/encoding/text-encoding.ts";
import { systemRules } from "../../base/system-rules.ts";
import type { CommandRules } from "../../commands/index.ts";
import { localeEncodingName } from "./locale-encoding.ts";

export interface EncodingsRequest {
  /** `unicode_encoding` of the buildbot.tac; null or empty if not set. A known name. */
  readonly configured: string | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: (text: string) => void;
}

export async function openEncodings(
  request: EncodingsRequest,
): Promise<Pick<CommandRules, "encoding" | "fileEncoding">> {
  const fileEncoding = await hostEncoding(request);
  const configured = request.configured ? await openTextEncoding(request.configured) : undefined;
  return { encoding: configured ?? fileEncoding, fileEncoding };
}

async function hostEncoding({ environment, log }: EncodingsRequest): Promise<TextEncoding> {
  const name = systemRules.fileEncoding ?? localeEncodingName(environment, log);
  const encoding = await openTextEncoding(name);
  if (encoding === undefined) log(`this worker does not know the encoding ${name} of its locale, and uses utf-8`);
  return encoding ?? utf8;
}
