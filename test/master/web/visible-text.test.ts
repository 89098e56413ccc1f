import { expect, test } from "vitest";
import { visibleText } from "../../../src/master/web/visible-text.ts";

test.each([
  ["plain text, ümläuts and 日本語", "plain text, ümläuts and 日本語"],
  ["tab\tand newline\n stay", "tab\tand newline\n stay"],
  ["\u{0}nul \u{1b}[31m bell\u{7} return\r", "␀nul ␛[31m bell␇ return␍"],
  ["delete\u{7f}", "delete␡"],
  ["\u{85}next line", "⟨U+0085⟩next line"],
  ["nothing.\u{202e}gpj.exe", "nothing.⟨U+202E⟩gpj.exe"],
  ["iso\u{2066}lated\u{2069}", "iso⟨U+2066⟩lated⟨U+2069⟩"],
  ["zero\u{200b}width\u{feff}", "zero⟨U+200B⟩width⟨U+FEFF⟩"],
  ["half \u{d83d}", "half ⟨U+D83D⟩"],
  ["\u{1f469}\u{200d}\u{1f680} stays whole", "\u{1f469}\u{200d}\u{1f680} stays whole"],
])("%j is shown as %j", (text, shown) => {
  expect(visibleText(text)).toBe(shown);
});
