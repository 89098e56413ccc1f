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
  const texts = new Map<string, string>();
  for (const line of reading.text.split("\n")) {
    const setting = line.trim();
    if (setting === "" || setting.startsWith("#")) continue;
    const at = setting.indexOf("=");
    texts.set(setting.slice(0, Math.max(at, 0)).trim(), setting.slice(at + 1).trim());
  }
  return relaySettings(texts, (name) => `${path}: ${name}`);
}

/** Throws ERR_USAGE. `spelled`: how messages name a setting. */
function relaySettings(texts: ReadonlyMap<string, string>, spelled: (name: string) => string): RelaySettings {
  const unknown = [...texts.keys()].find((name) => !names.some((known) => known === name));
  if (unknown !== undefined) throw baseErrors.usage(`${spelled(unknown)}: expected one of ${names.join(", ")}`);
  const values = names.map((name) => {
    const row: SettingValueRow<string | number> = relaySettingRows[name];
    const text = texts.get(name);
    const value = text === undefined ? row.default : row.read(text);
    if (value === undefined) throw baseErrors.usage(`${spelled(name)} must be ${row.expected}`);
    return [name, value];
  });
  return Object.fromEntries(values) as RelaySettings;
}

/** The text of a new relay.conf with the settings of the command line. Throws ERR_USAGE. */
export function relaySettingsText(given: ReadonlyMap<string, string>): string {
  const own = new Map([...given].filter(([name]) => names.some((known) => known === name)));
  const settings = relaySettings(own, (name) => `--${name}`);
  const lines = names.map((name) => `# ${relaySettingRows[name].help}\n${name} = ${settings[name]}`);
  return `${lines.join("\n\n")}\n`;
}
