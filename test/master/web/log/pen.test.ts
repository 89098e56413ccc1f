import { expect, test } from "vitest";
import { Pen } from "../../../../src/master/web/log/pen.ts";
import { growth, LINEAR_AT_MOST } from "../../../support/growth.ts";

const ESC = "\u{1b}";
const text = (pen: Pen, line: string) =>
  pen
    .write(line)
    .map((piece) => piece.text)
    .join("");

test("a colour carries over lines until it is reset", () => {
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
])("the sequence of %s is removed", (_what, line) => {
  expect(text(new Pen(), line)).toBe("abc");
});

test("an incomplete sequence hides nothing", () => {
  expect(text(new Pen(), `a${ESC}]0;never ended`)).toBe(`a${ESC}]0;never ended`);
  expect(text(new Pen(), `a${ESC}[31`)).toBe(`a${ESC}[31`);
  expect(text(new Pen(), `a${ESC}`)).toBe(`a${ESC}`);
});

test("a link lasts until its end, and only leads to http and https", () => {
  const pen = new Pen();
  const link = (address: string) => `${ESC}]8;id=1;${address}${ESC}\\`;
  expect(pen.write(`${link("https://example.org/a")}here`)[0]?.href).toBe("https://example.org/a");
  expect(pen.write(`there${link("")} and plain`).map(({ href }) => href)).toEqual(["https://example.org/a", undefined]);
  for (const address of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//example.org"]) {
    expect(pen.write(`${link(address)}x${link("")}`).map(({ href }) => href)).toEqual([undefined]);
  }
});

test("a line of many style changes is shown, with a limited number of pieces", () => {
  const line = Array.from({ length: 1000 }, (_, n) => `${ESC}[3${n % 8}mx`).join("");
  const pieces = new Pen().write(line);
  expect(pieces.map((piece) => piece.text).join("")).toBe("x".repeat(1000));
  expect(pieces.length).toBeLessThan(250);
});

test("a line of unterminated strings takes linear time", () => {
  const write = (count: number) => void new Pen().write(`${ESC}]8;;${ESC}P`.repeat(count));
  expect(growth(write, 3200)).toBeLessThan(LINEAR_AT_MOST);
});
