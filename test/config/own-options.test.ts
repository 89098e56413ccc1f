import { describe, expect, it } from "vitest";
import {
  commandLineSource,
  environmentSource,
  ownOptionNames,
  ownOptionRows,
  ownOptions,
  shownDefault,
} from "../../src/config/own-options.ts";

describe("Buildhand's own options", () => {
  it("have their defaults if they are not set", () => {
    for (const name of ownOptionNames) expect(ownOptions([])[name]).toBe(ownOptionRows[name].default);
  });

  it("read the default that they show as that default", () => {
    for (const name of ownOptionNames) {
      const row = ownOptionRows[name];
      expect(row.read(shownDefault(name))).toBe(row.default);
    }
  });

  it("come from the first source that has them", () => {
    const given = commandLineSource(new Map([["line-limit", "4096"]]));
    const environment = environmentSource({ BUILDHAND_LINE_LIMIT: "5000", BUILDHAND_LEFTOVERS: "kill" });
    expect(ownOptions([given, environment])).toMatchObject({ line_limit: 4096, leftovers: "kill" });
  });

  it.each(["9100", "127.0.0.1:9100", "localhost:1", "[::1]:65535", "/run/worker.sock"])(
    "take %s for an address of this host",
    (status_listen) => {
      expect(ownOptions([environmentSource({ BUILDHAND_STATUS_LISTEN: status_listen })])).toMatchObject({
        status_listen,
      });
    },
  );

  it("treat a flag of the command line as yes", () => {
    expect(ownOptions([commandLineSource(new Map(), new Set(["once"]))]).once).toBe(true);
  });

  it("treat an empty variable as not set", () => {
    expect(ownOptions([environmentSource({ BUILDHAND_LEFTOVERS: "" })]).leftovers).toBe("keep");
  });

  it.each([
    ["BUILDHAND_LEFTOVERS", "maybe", "BUILDHAND_LEFTOVERS must be keep or kill"],
    ["BUILDHAND_LINE_LIMIT", "65001", "BUILDHAND_LINE_LIMIT must be a whole number from 1024 to 65000"],
    ["BUILDHAND_BACKLOG_LIMIT", "65535", "BUILDHAND_BACKLOG_LIMIT must be a whole number from 65536 to 33554432"],
    ["BUILDHAND_LINGER_LIMIT", "-1", "BUILDHAND_LINGER_LIMIT must be a number of seconds from 0 to 2000000"],
    ["BUILDHAND_KEEPALIVE_DEADLINE", "0", "BUILDHAND_KEEPALIVE_DEADLINE must be a number of seconds from 1 to 2000000"],
    ["BUILDHAND_TLS_VERIFY", "perhaps", "BUILDHAND_TLS_VERIFY must be yes or no"],
    ["BUILDHAND_TLS_PIN", "12:34", "BUILDHAND_TLS_PIN must be 64 hexadecimal digits, with or without colons"],
    ["BUILDHAND_TLS_CA_FILE", "a\0b", "BUILDHAND_TLS_CA_FILE must be the path of a file"],
    ["BUILDHAND_STATUS_LISTEN", "0.0.0.0:9100", "BUILDHAND_STATUS_LISTEN must be a port of the loopback address"],
    ["BUILDHAND_STATUS_LISTEN", "65536", "BUILDHAND_STATUS_LISTEN must be a port of the loopback address"],
    ["BUILDHAND_STATUS_LISTEN", "some/path", "BUILDHAND_STATUS_LISTEN must be a port of the loopback address"],
  ])("refuse %s=%s with a sentence that names the source", (variable, text, sentence) => {
    expect(() => ownOptions([environmentSource({ [variable]: text })])).toThrow(sentence);
  });

  it("are named by the long option in an error of the command line", () => {
    expect(() => ownOptions([commandLineSource(new Map([["on-sigterm", "later"]]))])).toThrow(
      "--on-sigterm must be now or drain",
    );
  });
});
