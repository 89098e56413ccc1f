import { expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { version } from "../../src/base/version.ts";
import { hostLines, proposedHostText } from "../../src/doctor/host-text.ts";

it("a description has the system, the machine, the tools and this program", () => {
  expect(
    hostLines({
      system: "Debian 13",
      kernel: "linux 6.12 x64",
      memoryBytes: 16 * 1024 ** 3,
      processor: "a processor",
      processors: 4,
      tools: ["gcc 14", "git version 2.47"],
    }),
  ).toEqual([
    "Debian 13, linux 6.12 x64",
    "4 x a processor, 16.0 GiB of memory",
    "gcc 14",
    "git version 2.47",
    `Buildhand ${version} on Node.js ${process.versions.node}`,
  ]);
});

it("this host can be described", async () => {
  const lines = await proposedHostText(process.env, systemClock);
  expect(lines).toContainEqual(expect.stringMatching(/^git version \d/));
  expect(lines.every((line) => !line.includes("\n") && line.length < 200)).toBe(true);
});
