// The address of a page's event stream, made from its topic, and the topic parsed from it.
import type { Topic } from "./events.ts";

export const EVENTS_PATH = "/events";

export function eventsPath(topic: Topic): string {
  const query = new URLSearchParams();
  if (topic.builder !== undefined) query.set("builder", topic.builder.toWellFormed());
  if (topic.number !== undefined) query.set("number", String(topic.number));
  if (topic.logId !== undefined) query.set("log", String(topic.logId));
  if (topic.worker !== undefined) query.set("worker", topic.worker.toWellFormed());
  return query.size === 0 ? EVENTS_PATH : `${EVENTS_PATH}?${query.toString()}`;
}

export function topicOf(query: URLSearchParams): Topic {
  const [builder, worker] = [query.get("builder"), query.get("worker")];
  const [number, logId] = [numberInPath(query.get("number")), numberInPath(query.get("log"))];
  return {
    ...(builder !== null && { builder }),
    ...(worker !== null && { worker }),
    ...(number !== undefined && { number }),
    ...(logId !== undefined && { logId }),
  };
}

/** A number in an address: from 1, small enough to be exact; undefined for anything else. */
export function numberInPath(text: string | null | undefined): number | undefined {
  return text !== null && text !== undefined && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}
