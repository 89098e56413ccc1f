import { expect, test } from "vitest";
import { markup } from "../../../src/master/web/markup.ts";

test("nested markup is unchanged, undefined values are empty, and lists are joined", () => {
  const inner = markup`<b>${"a & b"}</b>`;
  expect(String(markup`<p>${inner}${undefined}${false}${["x", 1, [inner]]}</p>`)).toBe(
    "<p><b>a &amp; b</b>x1<b>a &amp; b</b></p>",
  );
});
