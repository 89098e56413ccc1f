import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);

it("asks nothing of V8 that this release of it does not know, of which it would complain", async () => {
  const script = `
    const { countCommand, countStreamed, tuneForStart } = await import(${JSON.stringify(new URL("../../dist/base/engine.js", import.meta.url).href)});
    tuneForStart();
    countStreamed(1e9);
    for (let n = 0; n < 500; n += 1) countCommand();
    console.log("done");
  `;
  const said = await run(process.execPath, ["--input-type=module", "-e", script]);
  expect(said).toEqual({ stdout: "done\n", stderr: "" });
});
