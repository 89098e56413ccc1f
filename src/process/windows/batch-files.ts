// Commands as batch files, which is how cmd.exe gets a command of more than one line or with quotes. They may contain
// secrets: each is removed when its command has ended, and all of a dead worker at the next start.
import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** In the base directory; its access rights are those that it inherits. */
const DIRECTORY_NAME = ".buildhand-commands";

/** Other programs, such as a virus scanner, may have a file open for a moment. */
const REMOVAL = { recursive: true, force: true, maxRetries: 3, retryDelay: 20 };

export class BatchFiles {
  readonly #directory: string;

  /** Removes the files of a worker that was killed. */
  constructor(baseDirectory: string) {
    this.#directory = join(baseDirectory, DIRECTORY_NAME);
    remove(this.#directory);
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
    remove(path);
  }

  /** Removes the directory with what could not be removed before. */
  close(): void {
    remove(this.#directory);
  }
}

/** What is in use is removed later. */
function remove(path: string): void {
  try {
    rmSync(path, REMOVAL);
  } catch {
    // by `close`, or the next start
  }
}
