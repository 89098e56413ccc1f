// Opens an encoding by its Python name, and loads what it needs.
import { type Codec, codecOf } from "./python-codec-names.ts";
import {
  type Coding,
  type DecodingStream,
  encodeUtf8,
  encodingOf,
  type TextEncoding,
  utf8,
  utf8Stream,
} from "./text-encoding.ts";

/** Undefined for an unknown name. Dependencies of the encoding are loaded only now. */
export async function openTextEncoding(name: string): Promise<TextEncoding | undefined> {
  const codec = codecOf(name);
  if (codec === undefined) return undefined;
  return codec.form === "utf-8" ? utf8 : encodingOf(await codingOf(codec));
}

async function codingOf(codec: Exclude<Codec, { readonly form: "utf-8" }>): Promise<Coding> {
  const { name } = codec;
  switch (codec.form) {
    case "utf-8-sig":
      return { name, encode: encodeUtf8, openStream: () => utf8Stream({ ignoreBOM: false }) };
    case "ascii":
      return { name, encode: (text) => encodeBytes(text, 0x7f), openStream: () => stateless(decodeAscii) };
    case "latin-1":
      return { name, encode: (text) => encodeBytes(text, 0xff), openStream: () => stateless(decodeLatin1) };
    case "wide": {
      const { WideStream } = await import("./wide-stream.ts");
      return { name, encode: encodeUtf8, openStream: () => new WideStream(codec) };
    }
    case "iconv": {
      const { iconvCoding } = await import("./iconv-coding.ts");
      return { name, ...iconvCoding(codec.table) };
    }
    default:
      return codec satisfies never;
  }
}

function encodeBytes(text: string, highest: number): Buffer | undefined {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > highest) return undefined;
  return Buffer.from(text, "latin1");
}

function stateless(decode: (bytes: Buffer) => string): DecodingStream {
  return { push: decode, end: () => "" };
}

function decodeLatin1(bytes: Buffer): string {
  return bytes.toString("latin1");
}

function decodeAscii(bytes: Buffer): string {
  return bytes.toString("latin1").replaceAll(/[\u0080-\u00ff]/g, "\ufffd");
}
