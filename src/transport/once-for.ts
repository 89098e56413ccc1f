// Sentences that are said once, however often there is reason to.

/** So many different sentences are remembered for one thing, so as not to be said again. */
const SAID_LIMIT = 100;

/** What was said of each thing. */
const saidOf = new WeakMap<object, Set<string>>();

/** `say`, but for what was said of this `thing` before. */
export function onceFor(thing: object, say: (sentence: string) => void): (sentence: string) => void {
  const said = saidOf.get(thing) ?? new Set();
  saidOf.set(thing, said);
  return (sentence) => {
    if (said.has(sentence)) return;
    if (said.size >= SAID_LIMIT) said.clear();
    said.add(sentence);
    say(sentence);
  };
}
