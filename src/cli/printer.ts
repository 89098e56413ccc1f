// Where commands in the foreground print, and how.
import { type Style, styleFor } from "./style.ts";

export interface Printer {
  readonly style: Style;
  readonly out: (text: string | Uint8Array) => void;
  readonly err: (text: string | Uint8Array) => void;
}

/** On our standard output and error; what cannot be written is dropped, and the streams say so in 'error'. */
export function standardPrinter(): Printer {
  return {
    style: styleFor(process.stdout, process.env),
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  };
}
