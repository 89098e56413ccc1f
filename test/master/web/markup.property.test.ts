import fc from "fast-check";
import { expect, test } from "vitest";
import { markup } from "../../../src/master/web/markup.ts";

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom("<", ">", "&", '"', "'", "`", "/", "=", "\u{0}", "\u{202e}", " ", "a") }),
);

test("no text in markup can end an element or an attribute", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const made = String(markup`<p title="${text}">${[text, [text]]}</p>`);
      expect(made.replaceAll(/[^<>"']/g, "")).toBe('<""><>');
      expect(made).not.toMatch(/(?![\t\n])[\p{Cc}\u{202a}-\u{202e}]/u);
    }),
  );
});
