// Where the master is, by the settings of a buildbot.tac, as far as this version can go there.
import { errors } from "../base/errors.ts";
import type { TacSettings } from "../config/tac-settings.ts";
import type { Address } from "../transport/tcp.ts";

/** Throws ERR_NOT_YET, naming the setting and the file's path `tac`. */
export function masterAddress(settings: TacSettings, tac: string): Address {
  if (settings.protocol !== "pb") throw errors.notYet(tac, `protocol = '${settings.protocol}'`);
  if (settings.connectionString !== null) throw errors.notYet(tac, "connection_string");
  if (settings.proxyConnectionString !== null) throw errors.notYet(tac, "proxy_connection_string");
  if (settings.useTls) throw errors.notYet(tac, "use_tls");
  return { host: settings.buildmasterHost ?? "", port: settings.port ?? 0 };
}
