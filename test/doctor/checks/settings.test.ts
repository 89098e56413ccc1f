import { expect, it } from "vitest";
import { baseErrors } from "../../../src/base/errors.ts";
import { configErrors } from "../../../src/config/errors.ts";
import { ownOptions } from "../../../src/config/own-options.ts";
import type { TacSettings } from "../../../src/config/tac-settings.ts";
import { idleSettings, judgeProblem, judgeWay } from "../../../src/doctor/checks/settings.ts";
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
  ["with a maxdelay of nothing", { maxDelaySeconds: 0 }, {}, [/^option-without-effect maxdelay = 0 is taken for 1/]],
  [
    "with a limit for a drain that there is not",
    {},
    { drain_limit: 60 },
    [/^option-without-effect drain_limit is set/],
  ],
  ["with a drain", {}, { drain_limit: 60, on_sigterm: "drain" }, []],
  [
    "with ways to end that MessagePack has not",
    { protocol: msgpack, allowShutdown: "file" },
    { on_sigterm: "drain" },
    [/^note MessagePack cannot ask the master for an end/],
  ],
  ["without keepalives", { keepaliveSeconds: 0 }, {}, [/^note keepalive = 0/]],
  ["with rare keepalives", { keepaliveSeconds: 3600 }, {}, [/^note keepalive = 3600/]],
])("settings %s", (_, more, own, expected) => {
  const found = said(idleSettings({ ...settings, ...more }, { ...options, ...own }));
  expect(found).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
});

it("the way to the master is told, and what of it is not secure", () => {
  const target = tcpTarget("m", 1);
  const way = "fine worker 'w1' of the master at m:1, over pb, without TLS";
  expect(said(judgeWay(settings, target))).toEqual([way]);
  const requested = { ...target, tls: { ...target.tls, requested: true } };
  expect(said(judgeWay(settings, requested))).toEqual([
    way,
    expect.stringMatching(/^options-contradict use_tls is set/),
  ]);
});

it("why a worker would not start is told with its sentence", () => {
  expect(said([judgeProblem(configErrors.tacSyntax("/t", 3, "no"))])).toEqual(["tac-python /t, line 3: no"]);
  expect(() => judgeProblem(baseErrors.usage("nobody's"))).toThrow("nobody's");
});
