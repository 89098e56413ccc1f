import { expect, it } from "vitest";
import { countStreamed } from "../../src/base/engine.ts";

const MIB = 1024 * 1024;

it("keeps the buffers that stream through few, long before V8 would look at them", () => {
  const atFirst = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let n = 0; n < 500; n += 1) {
    const block = Buffer.allocUnsafeSlow(MIB);
    countStreamed(block.length);
    most = Math.max(most, process.memoryUsage().arrayBuffers - atFirst);
  }
  expect(most).toBeLessThan(24 * MIB);
  expect("gc" in globalThis).toBe(false);
});
