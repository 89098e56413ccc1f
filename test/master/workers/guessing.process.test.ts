// Passwords that are tried at a listener: how long answers take, and whom that slows.
import { afterEach, describe, expect, it, test } from "vitest";
import { LONGEST_LOGIN_DELAY_MS, MAX_WAITING } from "../../../src/master/login-delays.ts";
import { MAX_ATTACHING } from "../../../src/master/workers/incoming-connection.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { poll } from "../../support/poll.ts";
import { guess } from "./guess.ts";
import * as msgpack from "./raw-msgpack-client.ts";
import * as pb from "./raw-pb-client.ts";
import { TestMaster } from "./test-registry.ts";

test("of many connections with the right password that do not attach, the oldest is closed", async () => {
  const master = await TestMaster.listen({ config: { protocol: "pb" }, names: ["w1", "w2"] });
  const stuck = { getWorkerInfo: () => new Promise<null>(() => {}) };
  const first = pb.attach(master.port, stuck).catch(String);
  const others = Array.from({ length: MAX_ATTACHING }, () => pb.attach(master.port, stuck).catch(String));
  expect(await Promise.race([first, ...others])).toContain("the master broke off");
  expect(master.log).toEqual([
    expect.stringContaining("had not attached when there were more than 4 such connections of its name"),
  ]);
  (await pb.attach(master.port, {}, "w2")).socket.destroy();
  await master.close();
});

describe.each(["pb", "msgpack"] as const)("a password that is guessed over %s", (protocol) => {
  const attach = async (port: number, name: string) => {
    if (protocol === "pb") (await pb.attach(port, {}, name)).socket.unref();
    else await msgpack.attach(port, {}, name);
  };
  const clock = new ManualClock();
  let master: TestMaster;
  afterEach(() => master.close());

  /** So many that wait for their answers. */
  async function guesses(count: number): Promise<Promise<string>[]> {
    master = await TestMaster.listen({ config: { protocol }, names: ["w1", "w2"], clock });
    const answers = Array.from({ length: count }, () => guess(protocol, master.port));
    await poll("the guesses", () => master.log.length >= count);
    return answers;
  }

  it("delays the right one as long, and no other name", async () => {
    const answers = await guesses(3);
    const entered = attach(master.port, "w1");
    await attach(master.port, "w2");
    await master.worker("w2");
    clock.advance(LONGEST_LOGIN_DELAY_MS - 1);
    expect(master.links.map(({ name }) => name)).toEqual(["w2"]);
    await poll("the fourth", () => clock.advance(1) ?? master.links.length === 2);
    await entered;
    expect(await Promise.all(answers)).toEqual(["refused", "refused", "refused"]);
  });

  it("has at most four delayed answers, and further logins are closed unchecked", async () => {
    const answers = await guesses(MAX_WAITING + 1);
    await expect(attach(master.port, "w1")).rejects.toThrow("the master broke off");
    expect(master.log.filter((text) => text.includes("is one of too many simultaneous logins as 'w1'"))).toHaveLength(
      2,
    );
    clock.advance(LONGEST_LOGIN_DELAY_MS);
    expect((await Promise.all(answers)).toSorted()).toEqual(["dropped", ...Array<string>(MAX_WAITING).fill("refused")]);
  });
});
