// Which encoding the host's locale stands for, as Python takes it for the names of files: UTF-8 unless the locale is there
// and says otherwise (PEP 538 and 540; compared with Python 3.11 to 3.13).
import { execFileSync } from "node:child_process";
import { errorCode } from "../../base/error-code.ts";
import { systemReason } from "../../base/system-error.ts";

const DEFAULT_ENCODING = "utf-8";

/** What the C library calls the encoding of the locale "C", which is also the one in place of a locale that is missing. */
const ENCODING_OF_C = "ANSI_X3.4-1968";

/** Of the C library; looked for in the PATH of the environment. */
const LOCALE_PROGRAM = "locale";
const ANSWER_LIMIT_MS = 5000;

type Variables = Readonly<Record<string, string | undefined>>;

/** A name of Python's, or one that only the C library knows. Asks the system's `locale` if the environment needs it. */
export function localeEncodingName(environment: Variables, log: (text: string) => void): string {
  const { LC_ALL: all, LC_CTYPE: characters, LANG: language } = environment;
  const locale = all || characters || language || "C";
  if (/^(?:C|POSIX)$|\.utf-?8(?:@|$)/i.test(locale)) return DEFAULT_ENCODING;
  const encoding = charmap(environment, log);
  return encoding === undefined || encoding === ENCODING_OF_C ? DEFAULT_ENCODING : encoding;
}

/** Undefined where there is no such program, as where all locales are in UTF-8. */
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
    const sentence = `the program ${LOCALE_PROGRAM} cannot tell the encoding of this worker's locale`;
    if (errorCode(error) !== "ENOENT") log(`${sentence} (${systemReason(error)}): it uses ${DEFAULT_ENCODING}`);
    return undefined;
  }
}
