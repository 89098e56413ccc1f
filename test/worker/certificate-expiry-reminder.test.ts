import { expect, it } from "vitest";
import { remindOfCertificateExpiry } from "../../src/worker/certificate-expiry-reminder.ts";
import { ManualClock } from "../support/manual-clock.ts";

const DAY = 86_400_000;

it("asks once a day, and logs what there is to say until it is ended", () => {
  const clock = new ManualClock();
  const log: string[] = [];
  const warningAt = (nowMs: number) => (nowMs >= 3 * DAY ? `day ${nowMs / DAY}` : undefined);
  const end = remindOfCertificateExpiry({ clock, log: (sentence) => void log.push(sentence), warningAt });
  clock.advance(3 * DAY - 1);
  expect(log).toEqual([]);
  clock.advance(2 * DAY + 1);
  expect(log).toEqual(["day 3", "day 4", "day 5"]);
  end();
  expect(clock.timerCount).toBe(0);
});
