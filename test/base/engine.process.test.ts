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

it("collects what commands leave, which V8 would keep for long", async () => {
  const script = `
    const kept = new WeakRef({});
    await new Promise((resolve) => setImmediate(resolve));
    for (let n = 0; n < 250; n += 1) countCommand(n % 2);
    const early = kept.deref() !== undefined;
    await new Promise((resolve) => setImmediate(resolve));
    countCommand(0);
    console.log(early, kept.deref() === undefined);
  `;
  expect((await printedBy(script)).stdout).toBe("true true\n");
});
