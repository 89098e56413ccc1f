// What looks like a secret: names of variables, passwords in URLs. Knows no particular secret.

export const MASK = "***";

/** Names of variables. PWD and OLDPWD, which every program has, are not passwords. */
export const SECRET_NAME =
  /pass(?!ing|ed)|(?<!^(?:old)?)pwd|pw$|(?:^|_)pat$|token|secret|key$|api_?key|private_?key|access_?key|credential|auth(?!or)/i;

const SECRET_WORD = "password|passwd|passphrase|pwd|token|secret|key|credentials?";
/** `--password`, whose value is the next argument. Repetitions are limited, here and below, to avoid quadratic time. */
export const SECRET_OPTION = new RegExp(`^--?[\\w-]{0,64}(?:${SECRET_WORD}|pass|[-_](?:pw|pat))$`, "i");
/** `password=…`, `"token": "…"`, `Authorization: Bearer …`, anywhere in an argument. */
const SECRET_TEXT = new RegExp(
  `((?:(?:${SECRET_WORD})[\\w-]{0,64}|pass|[-_](?:pw|pat))["']?\\s{0,8}[=:]\\s{0,8}["']?|` +
    `authorization["']?\\s{0,8}[=:]\\s{0,8}["']?(?:\\w{1,64}\\s{1,8})?)[^\\s"'&;]+`,
  "gi",
);

/** `//user:password@`. The password may contain `@`. */
const LOGIN_IN_URL = /\/\/[^\s/:@"'<>]*:([^\s/"'<>]*)@/g;

/** `password=***` for `password=xyz`, and similar. */
export function withoutNamedSecrets(text: string): string {
  return text.replaceAll(SECRET_TEXT, `$1${MASK}`);
}

/** `https://***@host` for `https://user:password@host`; a user without a password stays. */
export function withoutLogins(text: string): string {
  return text.includes("//") ? text.replaceAll(LOGIN_IN_URL, `//${MASK}@`) : text;
}

/** As written, and decoded. */
export function passwordsInUrls(text: string): readonly string[] {
  if (!text.includes("//")) return [];
  return [...text.matchAll(LOGIN_IN_URL)].flatMap(([, password = ""]) => [password, decoded(password)]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
