import { expect, it } from "vitest";
import { onceFor } from "../../src/transport/once-for.ts";

it("says each sentence once for each thing", () => {
  const said: string[] = [];
  const say = (sentence: string) => void said.push(sentence);
  const [one, other] = [{}, {}];
  onceFor(one, say)("a");
  onceFor(one, say)("a");
  onceFor(one, say)("b");
  onceFor(other, say)("a");
  expect(said).toEqual(["a", "b", "a"]);
});

it("remembers a hundred sentences at most", () => {
  let count = 0;
  const say = onceFor({}, () => {
    count += 1;
  });
  for (let n = 0; n < 101; n += 1) say(`sentence ${n}`);
  say("sentence 0");
  expect(count).toBe(102);
});
