// Commands as batch files, which is how cmd.exe gets a command of more than one line or with quotes. They may contain
// secrets: each is removed when its command has ended, and all of a dead worker at the next start.
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../../base/error-code.ts";

/** In the base directory; its access rights are those that it inherits. */
const DIRECTORY_NAME = ".buildhand-commands";

export class BatchFiles {
  readonly #directory: string;

  /** Removes the files of a worker that was killed. */
  constructor(baseDirectory: string) {
    this.#directory = join(baseDirectory, DIRECTORY_NAME);
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Returns the path of a new file. */
  write(content: Buffer): string {
    mkdirSync(this.#directory, { recursive: true });
    const path = join(this.#directory, `${randomUUID()}.bat`);
    writeFileSync(path, content, { flag: "wx", mode: 0o600 });
    return path;
  }

  /** cmd.exe reads the file while it runs, so call this when it has ended. */
  remove(path: string): void {
    rmSync(path, { force: true, maxRetries: 3 });
  }

  /** Removes the directory, unless commands that could not be killed still use it. */
  close(): void {
    try {
      if (readdirSync(this.#directory).length === 0) rmSync(this.#directory, { recursive: true });
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error; // no command was run
    }
  }
}
