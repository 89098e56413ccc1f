import * as fc from "fast-check";
import { expect, it } from "vitest";
import { launchLine, lineSplitter, readLaunchLine } from "../../../src/process/spawn/launcher-protocol.ts";

const request = fc.record({
  id: fc.nat(),
  argv: fc.array(fc.string({ unit: "binary" })),
  cwd: fc.string({ unit: "binary" }),
  env: fc.dictionary(
    fc.string({ unit: "binary" }).filter((name) => name !== "__proto__"),
    fc.string({ unit: "binary" }),
    { noNullPrototype: true },
  ),
  descriptors: fc.tuple(fc.nat(), fc.nat(), fc.nat()),
});

it("lines split anywhere are read correctly", () => {
  fc.assert(
    fc.property(fc.array(request, { maxLength: 5 }), fc.array(fc.nat(40), { maxLength: 50 }), (requests, lengths) => {
      let text = requests.map(launchLine).join("");
      const read: unknown[] = [];
      const take = lineSplitter((line) => read.push(readLaunchLine(line)));
      for (const length of lengths) {
        take(text.slice(0, length));
        text = text.slice(length);
      }
      take(text);
      expect(read).toEqual(requests);
    }),
  );
});
