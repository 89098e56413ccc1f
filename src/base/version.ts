// The version of this package, from its package.json.
import { readFileSync } from "node:fs";
import { packageFile } from "./package-file.ts";

export const version: string = readVersion();

function readVersion(): string {
  const text = readFileSync(packageFile("package.json"), "utf8");
  const { version: found } = JSON.parse(text) as { version: string };
  return found;
}
