// Files and directories for scenarios to work on.
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Files of a directory, so that none is large. */
const FILES_A_DIRECTORY = 50;

/** Bytes that nothing can make smaller. @param {string} path @param {number} bytes */
export function makeFile(path, bytes) {
  writeFileSync(path, randomBytes(bytes));
}

/** The sources of this checkout, one behind the other. */
export function sourceText() {
  const root = fileURLToPath(new URL("../src/", import.meta.url));
  const names = readdirSync(root, { recursive: true }).filter((name) => name.endsWith(".ts"));
  return Buffer.concat(names.sort((a, b) => a.localeCompare(b)).map((name) => readFileSync(join(root, name))));
}

/** Of equal random bytes, or of text. @param {string} path that does not exist @param {{ files: number, bytes: number, text?: Buffer }} options bytes of each */
export function makeTree(path, { files, bytes, text }) {
  const random = randomBytes(bytes);
  const contentOf = (n) => {
    if (text === undefined) return random;
    const from = (n * bytes) % (text.length - bytes);
    return text.subarray(from, from + bytes);
  };
  for (let n = 0; n < files; n += 1) {
    const directory = join(path, `d${Math.floor(n / FILES_A_DIRECTORY)}`);
    if (n % FILES_A_DIRECTORY === 0) mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `f${n}`), contentOf(n));
  }
}
