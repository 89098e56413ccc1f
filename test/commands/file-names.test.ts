import { describe, expect, it } from "vitest";
import { commandsErrors } from "../../src/commands/errors.ts";
import { byteText, FILES_LIMIT, FILES_LIMIT_BYTES, FileNames } from "../../src/commands/file-names.ts";

const isTooMany = (act: () => void) => {
  try {
    act();
    return false;
  } catch (error) {
    return commandsErrors.tooManyFiles.is(error);
  }
};

describe("found file names", () => {
  it("are kept in order and once", () => {
    const names = new FileNames();
    for (const name of ["b", "é", "b", "\xff"]) names.add(name === "é" ? byteText(name) : name);
    expect(names.toTexts()).toEqual(["b", "é", "\ufffd"]);
  });

  it("may be as many as the limit says", () => {
    const names = new FileNames();
    for (let i = 0; i < FILES_LIMIT; i += 1) names.add(String(i));
    expect(isTooMany(() => names.add("0"))).toBe(false);
    expect(isTooMany(() => names.add("one more"))).toBe(true);
  });

  it("may have as many bytes as the limit says", () => {
    const names = new FileNames();
    const length = 1024 * 1024;
    for (let i = 0; i < FILES_LIMIT_BYTES / length; i += 1) names.add(String(i).padStart(length, "x"));
    expect(isTooMany(() => names.add("one more"))).toBe(true);
  });
});
