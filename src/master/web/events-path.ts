// The address at which a page hears of changes, and the topic read back from it.
import type { Topic } from "./events.ts";

export const EVENTS_PATH = "/events";

export function eventsPath(topic: Topic): string {
  const words = new URLSearchParams();
  if (topic.builder !== undefined) words.set("builder", topic.builder.toWellFormed());
  if (topic.number !== undefined) words.set("number", String(topic.number));
  if (topic.logId !== undefined) words.set("log", String(topic.logId));
  if (topic.worker !== undefined) words.set("worker", topic.worker.toWellFormed());
  return words.size === 0 ? EVENTS_PATH : `${EVENTS_PATH}?${words.toString()}`;
}

export function topicOf(words: URLSearchParams): Topic {
  const [builder, worker] = [words.get("builder"), words.get("worker")];
  const [number, logId] = [numberInPath(words.get("number")), numberInPath(words.get("log"))];
  return {
    ...(builder !== null && { builder }),
    ...(worker !== null && { worker }),
    ...(number !== undefined && { number }),
    ...(logId !== undefined && { logId }),
  };
}

/** A number as addresses have it: from 1, of few enough digits to be exact; undefined for anything else. */
export function numberInPath(text: string | null | undefined): number | undefined {
  return text !== null && text !== undefined && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}
