import { describe, expect, it } from "vitest";
import { endBeforeGreeting } from "../../../src/worker/pb/pb-greeting.ts";

const ALERT = new Error("TLS: it does not accept this worker's certificate");
const GUESS =
  "it is restarting or stuck, a load balancer answers for it, or it is not a Buildbot master; if this persists, check host and port";

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
        'login: the server at h:1 is not a Buildbot master for workers (Perspective Broker): it sent "SSH-2.0"; check host and port',
      ],
    ],
    [
      "a TLS alert",
      "",
      ALERT,
      ["TLS", "TLS: the master at h:1 dropped the connection: it does not accept this worker's certificate"],
    ],
  ])("after %s", (_, received, cause, expected) => {
    const end = endBeforeGreeting({
      shown: "h:1",
      received: Buffer.from(received, "latin1"),
      what: "closed the connection",
      cause,
    });
    expect([end.stage, end.error.message]).toEqual(expected);
    expect(end.error.cause).toBe(cause);
  });
});
