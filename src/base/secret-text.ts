// What looks like a secret: names of variables, passwords in URLs. Knows no particular secret.

export const MASK = "***";

/** Names of variables. PWD and OLDPWD, which every program has, are not passwords. */
export const SECRET_NAME =
  /pass(?!ing|ed)|(?<!^(?:old)?)pwd|pw$|(?:^|_)pat$|token|secret|key$|api_?key|private_?key|access_?key|credential|auth(?!or)/i;

/** `//user:password@`. The password may contain `@`. */
const LOGIN_IN_URL = /\/\/[^\s/:@"'<>]*:([^\s/"'<>]*)@/g;

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
