// Colours, on terminals only.

export interface Style {
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warning: (text: string) => string;
}

/** Plain unless `stream` is a terminal and colours are not disabled (https://no-color.org). */
export function styleFor(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): Style {
  const isPlain = stream.isTTY !== true || (environment["NO_COLOR"] ?? "") !== "" || environment["TERM"] === "dumb";
  const style = (code: number) => (isPlain ? (text: string) => text : (text: string) => painted(code, text));
  return { dim: style(2), bold: style(1), good: style(32), bad: style(31), warning: style(33) };
}

/** Colours each line separately, and resets attributes of earlier lines. */
function painted(code: number, text: string): string {
  return text.replaceAll(/[^\n]+/g, (line) => `\u001b[0;${code}m${line}\u001b[0m`);
}
