import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const ENGINE = JSON.stringify(new URL("../../dist/base/engine.js", import.meta.url).href);

/** What a program of its own prints, since the settings are those of a whole process. */
function printedBy(script: string) {
  const program = `
    const { countCommand, countStreamed, tuneForStart } = await import(${ENGINE});
    tuneForStart();
    ${script}
  `;
  return promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
}

it("asks nothing of V8 that this release of it does not know, of which it would complain", async () => {
  const script = `
    countStreamed(1e9);
    for (let n = 0; n < 500; n += 1) countCommand(n % 50);
    console.log("done");
  `;
  expect(await printedBy(script)).toEqual({ stdout: "done\n", stderr: "" });
});

it("collects what commands leave, which V8 would keep for long, until many are running at once", async () => {
  const script = `
    const isCollected = async (running) => {
      const kept = new WeakRef({});
      for (let n = 0; n < 250; n += 1) countCommand(running);
      await new Promise((resolve) => setImmediate(resolve));
      for (let n = 0; n < 250; n += 1) countCommand(running);
      return kept.deref() === undefined;
    };
    console.log(await isCollected(0), await isCollected(1), await isCollected(16));
  `;
  expect((await printedBy(script)).stdout).toBe("true true false\n");
});
