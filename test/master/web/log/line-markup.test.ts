import { expect, test } from "vitest";
import { lineMarkup } from "../../../../src/master/web/log/line-markup.ts";
import { Pen } from "../../../../src/master/web/log/pen.ts";

function made(text: string, stream: "h" | "o" | "e" = "o"): string {
  return String(lineMarkup({ number: 7, stream, pieces: new Pen().write(text), leftOutCharacters: 0 }, "/log?from=1"));
}

/** What stands in the place of the text. */
function inner(text: string): string {
  return /<code>(.*)<\/code>/s.exec(made(text))?.[1] ?? "";
}

const link = (href: string, text = href) =>
  `<a href="${href}" title="${href}" rel="noopener noreferrer nofollow">${text}</a>`;

test("a line has its number as a link, and its stream in words", () => {
  expect(made("x")).toBe(
    '<div class="line output" id="L7"><a class="number" href="/log?from=1#L7">7</a><span class="origin"></span><code>x</code></div>\n',
  );
  expect(made("x", "e")).toContain('class="line stderr" id="L7"');
  expect(made("x", "e")).toContain('<span class="origin">stderr</span>');
  expect(made("x", "h")).toContain('<span class="origin">info</span>');
});

test.each([
  ["<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"],
  ["see https://example.org/a?b=1&c=2.", `see ${link("https://example.org/a?b=1&amp;c=2")}.`],
  ["(http://example.org/)", `(${link("http://example.org/")})`],
  ["http://", "http://"],
  ['https://example.org/"onmouseover="x', `${link("https://example.org/")}&quot;onmouseover=&quot;x`],
  ["javascript:alert(1)", "javascript:alert(1)"],
  ["\u{1b}[1;31mbad\u{1b}[0m fine", '<span class="fg1 bold">bad</span> fine'],
  ["\u{1b}[7;31mx", '<span class="bg1">x</span>'],
  ["\u{1b}[7mx", '<span class="inverse">x</span>'],
  ["\u{1b}[31;44mx", '<span class="bg4">x</span>'],
  ["\u{1b}]8;;https://example.org/\u{7}text\u{1b}]8;;\u{7}", link("https://example.org/", "text")],
  ["bell \u{7} and \u{202e}turned", "bell ␇ and ⟨U+202E⟩turned"],
])("%j becomes %j", (text, html) => {
  expect(inner(text)).toBe(html);
});
