// The style sheet, the script and the icon, read once. Their addresses change with their content, so browsers may keep them.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const types = {
  "style.css": "text/css; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
  "icon.svg": "image/svg+xml",
} as const;

export type StaticName = keyof typeof types;

export interface StaticFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly address: string;
}

export type StaticFiles = ReadonlyMap<string, StaticFile>;

/** By name; nothing else of the disk can be asked for. */
export function readStaticFiles(): StaticFiles {
  return new Map(Object.entries(types).map(([name, type]) => [name, read(name, type)]));
}

function read(name: string, type: string): StaticFile {
  const bytes = new Uint8Array(readFileSync(new URL(`./static/${name}`, import.meta.url)));
  const version = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  return { type, bytes, address: `/static/${name}?v=${version}` };
}
