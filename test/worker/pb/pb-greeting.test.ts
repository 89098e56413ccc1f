import { describe, expect, it } from "vitest";
import { ungreetedEnd } from "../../../src/worker/pb/pb-greeting.ts";

const ALERT = new Error("TLS: it does not accept this worker's certificate");
const GUESS =
  "it is restarting or stuck, a balancer stands in for it, or it is no Buildbot master; if this goes on, check host and port";

describe("the end of a connection without a greeting", () => {
  it.each<[string, string, Error | undefined, readonly [string, string]]>([
    ["nothing", "", undefined, ["login", `login: the master at h:1 closed the connection: ${GUESS}`]],
    [
      "the beginning of a master's words",
      "\x02\x80\x02\x82p",
      undefined,
      ["login", "login: the master at h:1 closed the connection"],
    ],
    [
      "other words",
      "SSH-2.0",
      undefined,
      [
        "login",
        'login: what listens at h:1 is no Buildbot master for workers (Perspective Broker): it sent "SSH-2.0"; check host and port',
      ],
    ],
    [
      "a TLS alert",
      "",
      ALERT,
      ["TLS", "TLS: the master at h:1 dropped the connection: it does not accept this worker's certificate"],
    ],
  ])("after %s", (_, heard, cause, expected) => {
    const end = ungreetedEnd({
      shown: "h:1",
      heard: Buffer.from(heard, "latin1"),
      what: "closed the connection",
      cause,
    });
    expect([end.stage, end.error.message]).toEqual(expected);
    expect(end.error.cause).toBe(cause);
  });
});
