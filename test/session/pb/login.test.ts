import { describe, expect, it } from "vitest";
import { baseErrors } from "../../../src/base/errors.ts";
import { sessionErrors } from "../../../src/session/errors.ts";
import type { Broker } from "../../../src/session/pb/broker.ts";
import { challengeResponse, login } from "../../../src/session/pb/login.ts";
import { createPortal } from "../../../src/session/pb/portal.ts";
import type { RemoteObject } from "../../../src/session/pb/remote-object.ts";
import { Remote } from "../../../src/wire/jelly/values.ts";
import { type BrokerPair, brokerPair, remoteObject, settle } from "../../support/broker-pair.ts";
import { bytes, readVectors } from "../../support/vectors.ts";

interface AuthCase {
  readonly password_utf8: string;
  readonly challenge_hex: string;
  readonly response_hex: string;
}

describe("challengeResponse", () => {
  it.each(readVectors<{ cases: AuthCase[] }>("auth.json").cases)(
    "answers as Twisted does: $challenge_hex",
    (vector) => {
      const response = challengeResponse(vector.password_utf8, bytes(vector.challenge_hex));
      expect(Buffer.from(response).toString("hex")).toBe(vector.response_hex);
    },
  );
});

/** A worker's side and a master's side that knows worker w1. */
function loginPair(
  attach: (name: string, mind: Remote) => Promise<RemoteObject> = async () => remoteObject({}),
): BrokerPair {
  const root = createPortal({
    broker: (): Broker => pair.server,
    passwordOf: (name) => (name === "w1" ? "sekret" : undefined),
    attach,
  });
  const pair = brokerPair({}, { root });
  return pair;
}

async function attempt(pair: BrokerPair, credentials: { name: string; password: string }): Promise<unknown> {
  const mind = remoteObject({ print: () => null });
  const result = login(pair.client, credentials, mind).catch((error: unknown) => error);
  await settle(pair);
  return result;
}

describe("login", () => {
  it("gives the perspective, after the master has called the mind", async () => {
    const calls: string[] = [];
    const pair = loginPair(async (name, mind) => {
      await pair.server.call(mind, "print", ["attached"]);
      calls.push(name);
      return remoteObject({});
    });
    const perspective = await attempt(pair, { name: "w1", password: "sekret" });
    expect(perspective).toBeInstanceOf(Remote);
    expect(calls).toEqual(["w1"]);
  });

  it("gives the authenticator back at once", async () => {
    const pair = loginPair();
    await attempt(pair, { name: "w1", password: "sekret" });
    expect(pair.client.counts.handles).toBe(1);
    expect(pair.server.counts.exports).toBe(1);
  });

  it.each([
    ["a wrong password", { name: "w1", password: "wrong" }],
    ["an unknown name", { name: "w2", password: "sekret" }],
    ["an unknown name with an empty password", { name: "w2", password: "" }],
  ])("tells name and password apart from other causes: %s", async (_, credentials) => {
    const error = await attempt(loginPair(), credentials);
    expect(error).toMatchObject({ code: sessionErrors.loginRefused.code });
    expect((error as Error).message).toContain(`'${credentials.name}'`);
    expect((error as Error).message).not.toContain(
      credentials.password === "" ? "sekret" : `password ${credentials.password}`,
    );
  });

  it("passes on why a master refused otherwise", async () => {
    const pair = loginPair(async () => {
      throw baseErrors.badArguments("attach", "a first worker", "a duplicate");
    });
    expect(await attempt(pair, { name: "w1", password: "sekret" })).toMatchObject({
      code: sessionErrors.loginFailed.code,
      message: expect.stringContaining("a duplicate"),
    });
  });

  it("fails when the answer is no challenge", async () => {
    const pair = brokerPair({}, { root: remoteObject({ login: () => "come in" }) });
    expect(await attempt(pair, { name: "w1", password: "sekret" })).toMatchObject({
      code: sessionErrors.loginFailed.code,
    });
  });

  it("does not let one challenge be answered twice", async () => {
    const pair = loginPair();
    const answer = pair.client.call("root", "login", ["w1"]);
    await settle(pair);
    const [challenge, authenticator] = ((await answer) as { items: unknown[] }).items as [Uint8Array, Remote];
    const respond = () =>
      pair.client
        .call(authenticator, "respond", [challengeResponse("sekret", challenge), pair.client.expose(remoteObject({}))])
        .catch((error: unknown) => error);
    const first = respond();
    const second = respond();
    await settle(pair);
    expect(await first).toBeInstanceOf(Remote);
    expect(await second).toMatchObject({ code: sessionErrors.remoteFailure.code });
  });
});
