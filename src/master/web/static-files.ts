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

/** How a result looks. */
export type Tone = "good" | "warn" | "bad" | "odd" | "calm" | "busy";

export type StaticName = keyof typeof files | `icon-${Tone}.svg`;

export interface StaticFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly address: string;
}

export type StaticFiles = ReadonlyMap<string, StaticFile>;

/** Icons that show a result: the colour and the sign of each tone. */
const toneIcons: Readonly<Record<Tone, { readonly colour: string; readonly sign: string }>> = {
  good: { colour: "#17753f", sign: "M9 16.5l5 5L23.5 11" },
  warn: { colour: "#8a5a00", sign: "M16 8v10M16 23v1" },
  bad: { colour: "#b3201c", sign: "M10 10l12 12M22 10L10 22" },
  odd: { colour: "#65299a", sign: "M12 8v10M12 23v1M20 8v10M20 23v1" },
  calm: { colour: "#575c64", sign: "M9 16h14" },
  busy: { colour: "#0b5cad", sign: "M12 9l10 7-10 7z" },
};

/** By name; no other file on disk can be requested. */
export function readStaticFiles(): StaticFiles {
  const read = Object.entries(files).map(([name, { type, parts }]) => fileOf(name, type, textOf(parts)));
  const icon = textOf(files["icon.svg"].parts);
  const icons = Object.entries(toneIcons).map(([tone, { colour, sign }]) => {
    const text = icon.replace(/#0b5cad/, colour).replace(/ d="[^"]*"/, ` d="${sign}"`);
    return fileOf(`icon-${tone}.svg`, files["icon.svg"].type, text);
  });
  return new Map([...read, ...icons]);
}

function textOf(parts: readonly string[]): string {
  return parts.map((part) => readFileSync(new URL(`./static/${part}`, import.meta.url), "utf8")).join("");
}

function fileOf(name: string, type: string, text: string): readonly [string, StaticFile] {
  const bytes = new Uint8Array(Buffer.from(text));
  const version = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  return [name, { type, bytes, address: `/static/${name}?v=${version}` }];
}
