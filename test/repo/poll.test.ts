import { describe, expect, it } from "vitest";
import { poll } from "../support/poll.ts";

describe("a wait", () => {
  it("ends with the first value that is not undefined or false", async () => {
    const looks = [undefined, false, 0, 1];
    expect(await poll("a value", () => looks.shift())).toBe(0);
    expect(looks).toEqual([1]);
  });

  it("fails after its deadline with what was waited for and the ends of the logs", async () => {
    const logs = () => ({ "twistd.log": `${"x".repeat(5000)}refused\n` });
    const failure = await poll("the worker to attach", () => false, { deadlineMs: 20, logs }).catch(String);
    expect(failure).toMatch(
      /^Error: waited 0\.02 seconds for the worker to attach\n--- end of twistd\.log\nx{2992}refused\n$/,
    );
  });

  it("fails at once when a look does", async () => {
    await expect(poll("anything", () => Promise.reject(new Error("the master ended")))).rejects.toThrow("master ended");
  });
});
