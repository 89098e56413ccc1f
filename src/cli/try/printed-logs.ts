// Prints the logs of steps as they grow: headers dimmed, standard error on standard error, lines of followed files with
// the file's name.
import type { LogLine } from "../../master/index.ts";
import type { Printer } from "../printer.ts";

const STDIO = "stdio";

export class PrintedLogs {
  readonly #printer: Printer;
  readonly #names: string[] = [];

  constructor(printer: Printer) {
    this.#printer = printer;
  }

  begin(_stepId: number, name: string): number {
    return this.#names.push(name) - 1;
  }

  append(logId: number, stream: LogLine["stream"], text: Uint8Array): void {
    const { style, out, err } = this.#printer;
    const name = this.#names[logId] ?? STDIO;
    if (name !== STDIO) return out(named(name, text));
    if (stream === "h") return out(style.dim(Buffer.from(text).toString()));
    return stream === "e" ? err(text) : out(text);
  }

  finish(): void {}
}

function named(name: string, text: Uint8Array): string {
  return Buffer.from(text)
    .toString()
    .replaceAll(/^(?=[^\n])/gm, `${name}: `);
}
