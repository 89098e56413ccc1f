// Numbers of the sources that need not be exported, for comparing pages with them.
import { readFileSync } from "node:fs";

/** The value of a constant, or of a property that occurs once in its file, as a product of numbers. */
export function numberOf(file: string, name: string): number {
  const text = readFileSync(`src/${file}`, "utf8");
  const found = [...text.matchAll(new RegExp(`(?:^(?:export )?const ${name} =|^  ${name}:) ([\\d_ *]+)[;,]$`, "gm"))];
  if (found.length !== 1) throw new Error(`src/${file} has ${found.length} numbers named ${name}`);
  const factors = (found[0]?.[1] ?? "").replaceAll("_", "").split("*").map(Number);
  return factors.reduce((product, factor) => product * factor, 1);
}
