import { expect, test } from "vitest";
import { filledText, withFacts } from "../../../src/master/builds/build-facts.ts";
import { builder, shellStep } from "../test-master.ts";

const facts = {
  properties: new Map([
    ["branch", "main"],
    ["revision", "abc"],
    ["empty", ""],
    ["buildername", "b1"],
    ["buildnumber", "7"],
  ]),
  secrets: new Map([["token", "$&sekret"]]),
};

test.each([
  ["%(prop:branch)s", "main"],
  ["on-%(prop:branch)s-%(prop:revision)s", "on-main-abc"],
  ["%(prop:none)s", ""],
  ["%(prop:none:-fallback)s", "fallback"],
  ["%(prop:branch:-fallback)s", "main"],
  ["%(prop:empty:-fallback)s", "fallback"],
  ["%(secret:token)s", "$&sekret"],
  ["date +%Y-%m-%d %s %%", "date +%Y-%m-%d %s %%"],
  ["%(other:branch)s %(prop:a b)s", "%(other:branch)s %(prop:a b)s"],
])("%j becomes %j", (text, filled) => {
  expect(filledText(text, facts)).toBe(filled);
});

test("words are replaced in every setting of a step but its name", () => {
  const given = shellStep("%(prop:branch)s", {
    command: ["make", "%(prop:branch)s"],
    env: new Map([["TOKEN", "%(secret:token)s"]]),
    logfiles: new Map([["log", { filename: "%(prop:branch)s.log", follow: false }]]),
  });
  const { step } = withFacts({ step: given, builder: builder("b1", []) }, facts);
  expect(step).toMatchObject({ name: "%(prop:branch)s", command: ["make", "main"] });
  expect(step.env.get("TOKEN")).toBe("$&sekret");
  expect(step.logfiles.get("log")).toEqual({ filename: "main.log", follow: false });
});

test("every program gets what it builds as variables, which the builder may override", () => {
  const env = new Map([["CI", "yes"]]);
  const made = withFacts({ step: shellStep("one"), builder: builder("b1", [], { env }) }, facts);
  expect(Object.fromEntries(made.builder.env)).toEqual({
    CI: "yes",
    BUILDER: "b1",
    BUILD_NUMBER: "7",
    BRANCH: "main",
    REVISION: "abc",
  });
});

test("the revision that was checked out is the one of the variables", () => {
  const properties = new Map([...facts.properties, ["got_revision", "def"]] as const);
  const made = withFacts({ step: shellStep("one"), builder: builder("b1", []) }, { ...facts, properties });
  expect(made.builder.env.get("REVISION")).toBe("def");
});
