import { expect, it } from "vitest";
import { baseErrors } from "../../../src/base/errors.ts";
import { configErrors } from "../../../src/config/errors.ts";
import { ownOptions } from "../../../src/config/own-options.ts";
import type { TacSettings } from "../../../src/config/tac-settings.ts";
import { idleSettings, judgeConnection, judgeProblem } from "../../../src/doctor/checks/settings.ts";
import { tcpTarget } from "../../support/tcp-target.ts";
import { said } from "../said.ts";

const settings = {
  workerName: "w1",
  maxDelaySeconds: 300,
  keepaliveSeconds: 600,
  allowShutdown: null,
  protocol: "pb",
} as unknown as TacSettings;
const options = ownOptions([]);
const msgpack = "msgpack_experimental_v7";

it.each<[string, Partial<TacSettings>, Partial<typeof options>, readonly RegExp[]]>([
  ["as create-worker writes them", {}, {}, []],
  ["with a maxdelay of 0", { maxDelaySeconds: 0 }, {}, [/^option-without-effect maxdelay = 0 has the effect of 1/]],
  [
    "with a limit for a drain that is not configured",
    {},
    { drain_limit: 60 },
    [/^option-without-effect drain_limit has no effect/],
  ],
  ["with a drain", {}, { drain_limit: 60, on_sigterm: "drain" }, []],
  [
    "with a shutdown that MessagePack does not support",
    { protocol: msgpack, allowShutdown: "file" },
    { on_sigterm: "drain" },
    [/^note MessagePack has no request for a shutdown/],
  ],
  ["without keepalives", { keepaliveSeconds: 0 }, {}, [/^note keepalive = 0/]],
  ["with rare keepalives", { keepaliveSeconds: 3600 }, {}, [/^note keepalive = 3600/]],
])("settings %s", (_, more, own, expected) => {
  const found = said(idleSettings({ ...settings, ...more }, { ...options, ...own }));
  expect(found).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
});

it("the connection to the master is reported, and what is not secure about it", () => {
  const target = tcpTarget("m", 1);
  const way = "fine worker 'w1' of the master at m:1, over pb, without TLS";
  expect(said(judgeConnection(settings, target))).toEqual([way]);
  const requested = { ...target, tls: { ...target.tls, requested: true } };
  expect(said(judgeConnection(settings, requested))).toEqual([
    way,
    expect.stringMatching(/^options-contradict use_tls is set/),
  ]);
});

it("the reason why a worker would not start is reported with its message", () => {
  expect(said([judgeProblem(configErrors.tacSyntax("/t", 3, "no"))])).toEqual(["tac-python /t, line 3: no"]);
  expect(() => judgeProblem(baseErrors.usage("nobody's"))).toThrow("nobody's");
});
