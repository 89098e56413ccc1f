// The style sheet, the script and the icon, read once. Their addresses change with their content, so browsers may cache
// them.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** A file is the concatenation of its parts. */
const files = {
  "style.css": {
    type: "text/css; charset=utf-8",
    parts: ["colours.css", "page.css", "content.css", "log.css", "screens.css"],
  },
  "page.js": { type: "text/javascript; charset=utf-8", parts: ["page.js"] },
  "icon.svg": { type: "image/svg+xml", parts: ["icon.svg"] },
} as const;

export type StaticName = keyof typeof files;

export interface StaticFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly address: string;
}

export type StaticFiles = ReadonlyMap<string, StaticFile>;

/** By name; no other file on disk can be requested. */
export function readStaticFiles(): StaticFiles {
  return new Map(Object.entries(files).map(([name, { type, parts }]) => [name, read(name, type, parts)]));
}

function read(name: string, type: string, parts: readonly string[]): StaticFile {
  const read = parts.map((part) => readFileSync(new URL(`./static/${part}`, import.meta.url)));
  const bytes = new Uint8Array(Buffer.concat(read));
  const version = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  return { type, bytes, address: `/static/${name}?v=${version}` };
}
