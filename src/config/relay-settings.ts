// The settings of a relay, each declared once: for the options of `relay create`, for relay.conf and docs/options.md.
import { baseErrors } from "../base/errors.ts";
import { type SettingValueRow, secondsRow, wholeNumberRow } from "./own-options.ts";
import { readRegularFile } from "./regular-file.ts";

const FILE_LIMIT_BYTES = 64 * 1024;

const address = { argument: "ADDRESS", read: (text: string) => text, expected: "an address" };

export const relaySettingRows = {
  listen: {
    ...address,
    help: "where workers connect: HOST:PORT, or unix:PATH; with TLS, except on a loopback address or a Unix socket",
    default: "0.0.0.0:9990",
  },
  master: {
    ...address,
    help: "the master's port for workers, of PB or of MessagePack: HOST:PORT, or unix:PATH",
    default: "127.0.0.1:9989",
  },
  grace: {
    ...secondsRow(),
    help: "how long a worker may be gone before its connection to the master ends; 0: not at all",
    default: 300,
  },
  sessions: {
    ...wholeNumberRow("COUNT", 1, 100_000),
    help: "maximum number of connected workers",
    default: 10_000,
  },
} as const satisfies Readonly<Record<string, SettingValueRow<string | number>>>;

type RelaySettingName = keyof typeof relaySettingRows;

type RelaySettings = {
  readonly [Name in RelaySettingName]: Exclude<ReturnType<(typeof relaySettingRows)[Name]["read"]>, undefined>;
};

const names = Object.keys(relaySettingRows) as RelaySettingName[];

/** Throws ERR_USAGE. */
export function readRelaySettings(path: string): RelaySettings {
  const reading = readRegularFile(path, FILE_LIMIT_BYTES);
  if (!reading.ok) throw baseErrors.usage(`${path}: ${reading.reason}`).withTrouble("relay-file");
  const lines = reading.text.split("\n").map((line) => line.trim());
  const texts = lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line): [string, string] => {
      const [name = "", ...value] = line.split("=");
      return [name.trim(), value.join("=").trim()];
    });
  const unknown = texts.find(([name]) => !names.some((known) => known === name));
  if (unknown) throw baseErrors.usage(`${path}: ${unknown[0]}: expected one of ${names.join(", ")}`);
  return relaySettings(new Map(texts), `${path}: `);
}

/** Throws ERR_USAGE. `before`: names in messages begin so. */
function relaySettings(texts: ReadonlyMap<string, string>, before: string): RelaySettings {
  const values = names.map((name) => {
    const row: SettingValueRow<string | number> = relaySettingRows[name];
    const text = texts.get(name);
    const value = text === undefined ? row.default : row.read(text);
    if (value === undefined) throw baseErrors.usage(`${before}${name} must be ${row.expected}`);
    return [name, value];
  });
  return Object.fromEntries(values) as RelaySettings;
}

/** The settings of a command line, and the text of relay.conf with them. Throws ERR_USAGE. */
export function givenRelaySettings(given: ReadonlyMap<string, string>) {
  const settings = relaySettings(given, "--");
  const lines = names.map((name) => `# ${relaySettingRows[name].help}\n${name} = ${settings[name]}`);
  return { settings, text: `${lines.join("\n\n")}\n` };
}
