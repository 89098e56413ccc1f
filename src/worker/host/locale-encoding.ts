// Finds the encoding of the host's locale as Python does for file names: UTF-8 unless the locale exists and has another
// (PEP 538 and 540; compared with Python 3.11 to 3.13).
import { execFileSync } from "node:child_process";
import { errorCode } from "../../base/error-code.ts";
import { systemReason } from "../../base/system-error.ts";

const DEFAULT_ENCODING = "utf-8";

/** The C library's name for the encoding of the locale "C", which it also uses in place of a missing locale. */
const ENCODING_OF_C = "ANSI_X3.4-1968";

/** A program of the C library, found in the PATH of the environment. */
const LOCALE_PROGRAM = "locale";
const ANSWER_LIMIT_MS = 5000;

type Variables = Readonly<Record<string, string | undefined>>;

/** Python's name, or one that only the C library knows. Runs the system's `locale` if the variables are not enough. */
export function localeEncodingName(environment: Variables, log: (text: string) => void): string {
  const { LC_ALL: all, LC_CTYPE: characters, LANG: language } = environment;
  const locale = all || characters || language || "C";
  if (/^(?:C|POSIX)$|\.utf-?8(?:@|$)/i.test(locale)) return DEFAULT_ENCODING;
  const encoding = charmap(environment, log);
  return encoding === undefined || encoding === ENCODING_OF_C ? DEFAULT_ENCODING : encoding;
}

/** Undefined without such a program, as on systems where all locales use UTF-8. */
function charmap(environment: Variables, log: (text: string) => void): string | undefined {
  try {
    const answer = execFileSync(LOCALE_PROGRAM, ["charmap"], {
      env: environment,
      encoding: "latin1",
      timeout: ANSWER_LIMIT_MS,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return answer.trim() || undefined;
  } catch (error) {
    const problem = `cannot find the encoding of this worker's locale with ${LOCALE_PROGRAM}`;
    if (errorCode(error) !== "ENOENT") log(`${problem} (${systemReason(error)}): using ${DEFAULT_ENCODING}`);
    return undefined;
  }
}
