// What a buildbot.tac does to the process that runs its workers, on the process of the test, which is put right again.
import { afterEach, beforeEach, expect, it } from "vitest";
import { applyEffects } from "../../src/daemon/process-effects.ts";

const NAMES = ["BUILDHAND_TEST_SET", "BUILDHAND_TEST_GONE"] as const;
const none = { environment: new Map(), umask: undefined, niceness: 0, remarks: [] };
let umask = 0;

beforeEach(() => {
  umask = process.umask();
});
afterEach(() => {
  process.umask(umask);
  for (const name of NAMES) delete process.env[name];
});

it("sets and deletes variables", () => {
  process.env["BUILDHAND_TEST_GONE"] = "here";
  const environment = new Map([
    ["BUILDHAND_TEST_SET", "/opt/bin:/bin"],
    ["BUILDHAND_TEST_GONE", undefined],
  ]);
  expect(applyEffects({ ...none, environment })).toEqual([]);
  expect(NAMES.map((name) => process.env[name])).toEqual(["/opt/bin:/bin", undefined]);
});

it("sets the umask, if the file calls for one", () => {
  applyEffects(none);
  expect(process.umask()).toBe(umask);
  applyEffects({ ...none, umask: 0o27 });
  expect(process.umask()).toBe(0o27);
});

it("hands on what is to be logged", () => {
  expect(applyEffects({ ...none, remarks: ["printed: hello"] })).toEqual(["printed: hello"]);
});
