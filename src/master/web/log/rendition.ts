// Interprets SGR sequences (`ESC [ … m`, ECMA-48 8.3.117). Pure.
import { nearest, nearestOfPalette } from "./colours.ts";

export interface Rendition {
  /** One of the sixteen colours. */
  readonly foreground?: number;
  readonly background?: number;
  readonly bold?: true;
  readonly faint?: true;
  readonly italic?: true;
  readonly underline?: true;
  readonly strike?: true;
  readonly inverse?: true;
}

export const plain: Rendition = {};

/** The rendition after the parameters of one sequence. Unknown parameters, and those that hide text, are ignored. */
export function rendition(before: Rendition, parameters: string): Rendition {
  // private sequences that end in m are about the keyboard
  if (/^[<=>?]/.test(parameters)) return before;
  const codes = parameters.split(";");
  let now = before;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? "";
    const number = Number(code.split(":")[0]);
    if (number === 38 || number === 48) {
      const [colour, length] = extendedColour(code.includes(":") ? withoutSpace(code) : codes.slice(at, at + 5));
      if (colour !== undefined) now = { ...now, [number === 38 ? "foreground" : "background"]: colour };
      at += code.includes(":") ? 0 : length - 1;
    } else {
      now = one(now, number, code);
    }
  }
  return now;
}

/** `38:2::1:2:3` has a colour space, usually empty, before the colour. */
function withoutSpace(code: string): readonly string[] {
  const parts = code.split(":");
  return parts[1] === "2" && parts.length > 5 ? [...parts.slice(0, 2), ...parts.slice(3)] : parts;
}

/** `38;5;N` or `38;2;R;G;B`, with the number of codes. */
function extendedColour([, kind, ...rest]: readonly string[]): readonly [colour: number | undefined, length: number] {
  if (kind === "5") return [nearestOfPalette(Number(rest[0])), 3];
  if (kind === "2") return [nearest([Number(rest[0]), Number(rest[1]), Number(rest[2])]), 5];
  return [undefined, 2];
}

const switchedOn: Readonly<Record<number, Rendition>> = {
  1: { bold: true },
  2: { faint: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  9: { strike: true },
  21: { underline: true },
};
const switchedOff: Readonly<Record<number, readonly (keyof Rendition)[]>> = {
  22: ["bold", "faint"],
  23: ["italic"],
  24: ["underline"],
  27: ["inverse"],
  29: ["strike"],
  39: ["foreground"],
  49: ["background"],
};

function one(now: Rendition, number: number, code: string): Rendition {
  if (number === 0) return plain;
  if (code === "4:0") return without(now, ["underline"]);
  const off = switchedOff[number];
  if (off !== undefined) return without(now, off);
  if (number >= 30 && number <= 37) return { ...now, foreground: number - 30 };
  if (number >= 40 && number <= 47) return { ...now, background: number - 40 };
  if (number >= 90 && number <= 97) return { ...now, foreground: number - 82 };
  if (number >= 100 && number <= 107) return { ...now, background: number - 92 };
  return { ...now, ...switchedOn[number] };
}

function without(now: Rendition, keys: readonly (keyof Rendition)[]): Rendition {
  return Object.fromEntries(Object.entries(now).filter(([key]) => !keys.some((gone) => gone === key)));
}
