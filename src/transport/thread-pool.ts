// Whether the threads in which Node.js has the system work on files and names still get anything done. There are four of them
// unless UV_THREADPOOL_SIZE says otherwise, and a file of a dead server holds one for as long as the server is dead.
import { stat } from "node:fs";

interface Question {
  isAnswered: boolean;
}

let asked: Question = { isAnswered: true };

/** Gives the threads something that takes no time; what it returns tells whether that is still not done. */
export function askThreads(): () => boolean {
  if (asked.isAnswered) asked = askNow();
  const question = asked;
  return () => !question.isAnswered;
}

function askNow(): Question {
  const question = { isAnswered: false };
  stat("/", () => {
    question.isAnswered = true;
  });
  return question;
}
