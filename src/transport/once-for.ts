// Logs each message once, however often it occurs.

/** Messages that are remembered for each object. */
const LOGGED_LIMIT = 100;

const loggedOf = new WeakMap<object, Set<string>>();

/** Wraps `log` so that it skips messages already logged for `subject`. */
export function onceFor(subject: object, log: (sentence: string) => void): (sentence: string) => void {
  const logged = loggedOf.get(subject) ?? new Set();
  loggedOf.set(subject, logged);
  return (sentence) => {
    if (logged.has(sentence)) return;
    if (logged.size >= LOGGED_LIMIT) logged.clear();
    logged.add(sentence);
    log(sentence);
  };
}
