import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { quotedForShell } from "../../../src/base/posix-quoting.ts";
import { pythonRepr } from "../../../src/base/python-repr.ts";
import { Tuple } from "../../../src/base/python-values.ts";
import { commandWords } from "../../../src/process/spawn/quoting.ts";

type ShellCase = { readonly display: string; readonly argv_header: string } & (
  | { readonly argv: readonly string[] }
  | { readonly command_string: string }
);

interface ObfuscationCase {
  readonly command: readonly unknown[];
  readonly real: readonly string[];
  readonly shown: readonly string[];
}

const vectors: { readonly shell_quote: readonly ShellCase[]; readonly obfuscation: readonly ObfuscationCase[] } =
  JSON.parse(readFileSync(new URL("../../vectors/quoting.json", import.meta.url), "utf8"));

/** A vector's item: `{"tuple": [...]}` stands for a tuple. */
function itemOf(vector: unknown): unknown {
  const tuple = typeof vector === "object" && vector !== null && "tuple" in vector ? vector.tuple : undefined;
  return Array.isArray(tuple) ? new Tuple(tuple) : vector;
}

describe("a command as it is shown", () => {
  it.each(vectors.shell_quote)("is $display, as the Python worker shows it", (vector) => {
    const shown = "argv" in vector ? quotedForShell(vector.argv) : vector.command_string;
    const words = "argv" in vector ? vector.argv.map((word) => Buffer.from(word)) : Buffer.from(vector.command_string);
    expect(shown).toBe(vector.display);
    expect(` argv: ${pythonRepr(words)}\n`).toBe(vector.argv_header);
  });

  it("quotes a word that ends in a newline", () => {
    expect(quotedForShell(["a\n"])).toBe("'a\n'");
  });

  it("is empty without words", () => {
    expect(quotedForShell([])).toBe("");
  });
});

describe("the words of a command", () => {
  it.each(vectors.obfuscation)("are $real, shown as $shown", ({ command, real, shown }) => {
    expect(commandWords(command.map(itemOf))).toEqual({ real, shown });
  });

  it("are not hidden by a tuple of another form", () => {
    const command = [new Tuple(["obfuscated", "real"]), new Tuple(["hidden", "real", "XXXX"])];
    const words = ["('obfuscated', 'real')", "('hidden', 'real', 'XXXX')"];
    expect(commandWords(command)).toEqual({ real: words, shown: words });
  });

  it("become text on both sides of an obfuscation", () => {
    expect(commandWords([new Tuple(["obfuscated", 5, null])])).toEqual({ real: ["5"], shown: ["None"] });
  });
});
