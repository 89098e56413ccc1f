import { expect, test } from "vitest";
import { markup } from "../../../src/master/web/markup.ts";

test("markup inside markup stays as it is, nothing is shown for what is left out, and lists are joined", () => {
  const inner = markup`<b>${"a & b"}</b>`;
  expect(String(markup`<p>${inner}${undefined}${false}${["x", 1, [inner]]}</p>`)).toBe(
    "<p><b>a &amp; b</b>x1<b>a &amp; b</b></p>",
  );
});
