import { expect, test } from "vitest";
import { Pen } from "../../../../src/master/web/log/pen.ts";
import { growth, LINEAR_AT_MOST } from "../../../support/growth.ts";

const ESC = "\u{1b}";
const text = (pen: Pen, line: string) =>
  pen
    .write(line)
    .map((piece) => piece.text)
    .join("");

test("a colour lasts over lines until it is taken back", () => {
  const pen = new Pen();
  expect(pen.write(`${ESC}[31mred`)).toEqual([{ text: "red", look: { foreground: 1 }, href: undefined }]);
  expect(pen.write("still red")).toEqual([{ text: "still red", look: { foreground: 1 }, href: undefined }]);
  expect(pen.write(`end${ESC}[0m plain`)).toEqual([
    { text: "end", look: { foreground: 1 }, href: undefined },
    { text: " plain", look: {}, href: undefined },
  ]);
});

test.each([
  ["a cursor", `a${ESC}[2Kb${ESC}[1;1Hc`],
  ["a private mode", `a${ESC}[?25lb${ESC}[?2004hc`],
  ["a title", `a${ESC}]0;title\u{7}b${ESC}]2;other${ESC}\\c`],
  ["a device's string", `a${ESC}P1;2|x${ESC}\\b${ESC}_apc${ESC}\\c`],
  ["a character set", `a${ESC}(Bb${ESC}=c`],
])("the sequence of %s is left out", (_what, line) => {
  expect(text(new Pen(), line)).toBe("abc");
});

test("an escape that is no whole sequence hides nothing", () => {
  expect(text(new Pen(), `a${ESC}]0;never ended`)).toBe(`a${ESC}]0;never ended`);
  expect(text(new Pen(), `a${ESC}[31`)).toBe(`a${ESC}[31`);
  expect(text(new Pen(), `a${ESC}`)).toBe(`a${ESC}`);
});

test("a link lasts until it is ended, and only leads to the web", () => {
  const pen = new Pen();
  const link = (address: string) => `${ESC}]8;id=1;${address}${ESC}\\`;
  expect(pen.write(`${link("https://example.org/a")}here`)[0]?.href).toBe("https://example.org/a");
  expect(pen.write(`there${link("")} and plain`).map(({ href }) => href)).toEqual(["https://example.org/a", undefined]);
  for (const address of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//example.org"]) {
    expect(pen.write(`${link(address)}x${link("")}`).map(({ href }) => href)).toEqual([undefined]);
  }
});

test("a line of nothing but changes is shown, with a bound on its pieces' looks", () => {
  const line = Array.from({ length: 1000 }, (_, n) => `${ESC}[3${n % 8}mx`).join("");
  const pieces = new Pen().write(line);
  expect(pieces.map((piece) => piece.text).join("")).toBe("x".repeat(1000));
  expect(pieces.length).toBeLessThan(250);
});

test("a line of unended strings takes no time that grows faster than it", () => {
  const write = (count: number) => void new Pen().write(`${ESC}]8;;${ESC}P`.repeat(count));
  expect(growth(write, 3200)).toBeLessThan(LINEAR_AT_MOST);
});
