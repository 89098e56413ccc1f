// Sends results to forges and webhooks. Messages are stored until they are delivered, in order for each reporter.
import { DAY_MS, HOUR_MS, SECOND_MS } from "../../base/duration.ts";
import { delay } from "../../base/waiting.ts";
import type { ReporterConfig } from "../master-config.ts";
import type { MasterParts } from "../master-parts.ts";
import { type PostAnswer, post } from "../post.ts";
import { SecretMask } from "../secret-mask.ts";
import type { BuildRow, Report } from "../store/index.ts";
import { type ReportContent, reportContent } from "./report-content.ts";

const FIRST_DELAY_MS = 10 * SECOND_MS;
const LONGEST_DELAY_MS = HOUR_MS;
/** A message that could not be delivered for so long is dropped. */
const GIVEN_UP_AFTER_MS = DAY_MS;
/** Other answers from 400 to 499 would be the same again. */
const WORTH_ANOTHER_TRY = [408, 425, 429];

export class Reporters {
  readonly #parts: MasterParts;
  /** Names of those that are sending. */
  readonly #sending = new Set<string>();
  readonly #abort = new AbortController();

  constructor(parts: MasterParts) {
    this.#parts = parts;
  }

  /** Forgets what nobody could deliver in time. Throws ERR_STORE_WRITE. */
  removeOld(): void {
    const { store } = this.#parts;
    store.reports.removeOld(store.nowMs() - 2 * GIVEN_UP_AFTER_MS);
  }

  /** Sends what an earlier master did not deliver, and what a new configuration makes possible. */
  start(): void {
    for (const { name } of this.#parts.config().reporters) void this.#send(name);
  }

  stop(): void {
    this.#abort.abort();
  }

  /** A build has begun or ended. Throws ERR_STORE_WRITE; may be called in the transaction that records it. */
  report(row: BuildRow): void {
    const { config, store } = this.#parts;
    const { reporters, builders, web, secrets } = config();
    const mask = new SecretMask(secrets);
    for (const reporter of reporters) {
      const builder = builders.find(({ name }) => name === row.builder);
      const previousResult = () => store.builds.previousResult(row);
      const made = reportContent(reporter, { row, builder, previousResult, url: web?.url });
      if (made === undefined) continue;
      store.reports.add(reporter.name, JSON.stringify(masked(made, mask)), store.nowMs());
      // After the transaction.
      setImmediate(() => void this.#send(reporter.name));
    }
  }

  async #send(name: string): Promise<void> {
    if (this.#sending.has(name)) return;
    this.#sending.add(name);
    try {
      for (let failures = 0; !this.#abort.signal.aborted; ) {
        const report = this.#parts.store.reports.next(name);
        const reporter = this.#parts.config().reporters.find((one) => one.name === name);
        if (report === undefined || reporter === undefined) return;
        failures = (await this.#deliver(reporter, report)) ? 0 : failures + 1;
        if (failures === 0) continue;
        const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), LONGEST_DELAY_MS);
        await delay(this.#parts.clock, delayMs, this.#abort.signal);
      }
    } catch (error) {
      this.#parts.onFailure(error);
    } finally {
      this.#sending.delete(name);
    }
  }

  /** Whether the message needs no other try. */
  async #deliver(reporter: ReporterConfig, report: Report): Promise<boolean> {
    const { store, log, clock } = this.#parts;
    const nowMs = clock.date().getTime();
    const answer = await this.#post(reporter, JSON.parse(report.content) as ReportContent, nowMs);
    if (this.#abort.signal.aborted) return true;
    if (!answer.isAccepted) {
      const { status = 0, text } = answer;
      const isFinal = status >= 400 && status < 500 && !WORTH_ANOTHER_TRY.includes(status);
      const isGivenUp = isFinal || nowMs - report.createdAtMs > GIVEN_UP_AFTER_MS;
      const then = isGivenUp ? "it is not sent again" : "it is sent again later";
      log(`reporter '${reporter.name}': ${reporter.url} did not accept a result: ${status || ""} ${text}; ${then}`);
      if (!isGivenUp) return false;
    }
    store.reports.remove(report.id);
    return true;
  }

  #post(reporter: ReporterConfig, { path, content }: ReportContent, nowMs: number): Promise<PostAnswer> {
    const url = `${reporter.url}${path}`;
    if (reporter.type === "webhook") return post({ url, content, secret: reporter.secret, nowMs });
    const scheme = reporter.type === "github" ? "Bearer" : "token";
    const headers = { Authorization: `${scheme} ${reporter.token}`, "User-Agent": "buildhand" };
    return post({ url, content, headers, nowMs });
  }
}

function masked({ path, content }: ReportContent, mask: SecretMask): ReportContent {
  const hidden = Object.entries(content).map(([key, value]) => {
    return [key, typeof value === "string" ? mask.text(value) : value] as const;
  });
  return { path, content: Object.fromEntries(hidden) };
}
