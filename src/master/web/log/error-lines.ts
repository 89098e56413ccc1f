// Which lines of a log look like the reason of a failure. A guess by words, for people who look for it. Pure.
import { unstyledText } from "./pen.ts";

const WORDS =
  /(?:^|[^\w.-])(?:error|errors|fatal|failed|failure|failures|fail|exception|traceback|panic|panicked|undefined reference|segmentation fault|core dumped|not ok|command not found|no such file or directory)(?![\w.-]\w)|[\u2717\u2718\u2716\u274c]/i;
/** `TypeError: x is not a function`, `java.io.IOException: …` */
const NAMES = /(?:Error|Exception)(?::|$)/;
/** Summaries such as `0 failed`, `errors: 0`. */
const NONE =
  /\b(?:0|no|without) (?:errors?|failures?|failed|fail|exceptions?)\b|\b(?:errors?|failures?|failed|fail|exceptions?) ?[:=] ?0\b/i;
/** What follows in a longer line is not searched. */
const SEARCHED_CHARACTERS = 2000;

export function isErrorLine(text: string): boolean {
  const line = unstyledText(text.slice(0, SEARCHED_CHARACTERS));
  return (WORDS.test(line) || NAMES.test(line)) && !NONE.test(line);
}
