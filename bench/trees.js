// Files and directories for scenarios to work on.
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Files of a directory, so that none is large. */
const FILES_A_DIRECTORY = 50;

/** Bytes that nothing can make smaller. @param {string} path @param {number} bytes */
export function makeFile(path, bytes) {
  writeFileSync(path, randomBytes(bytes));
}

/** @param {string} path that does not exist @param {{ files: number, bytes: number }} options bytes of each */
export function makeTree(path, { files, bytes }) {
  const content = randomBytes(bytes);
  for (let n = 0; n < files; n += 1) {
    const directory = join(path, `d${Math.floor(n / FILES_A_DIRECTORY)}`);
    if (n % FILES_A_DIRECTORY === 0) mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `f${n}`), content);
  }
}
