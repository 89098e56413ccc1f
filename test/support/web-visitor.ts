// A visitor of the status page without a browser: keeps cookies, reads tokens out of forms, and shows what came back.
import { request } from "node:http";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import type { WebConfig } from "../../src/master/master-config.ts";
import type { MasterView } from "../../src/master/master-view.ts";
import { type StatusPage, serveStatusPage } from "../../src/master/web/status-page.ts";

export const PASSWORD = "correct horse";

interface ServedPageOptions extends Partial<WebConfig> {
  readonly clock?: Clock;
  readonly localToken?: string;
}

export interface ServedPage extends StatusPage {
  readonly logged: readonly string[];
}

/** On loopback, on a free port. */
export const webConfig: WebConfig = {
  host: "127.0.0.1",
  port: 0,
  adminPassword: undefined,
  read: "public",
  url: undefined,
  trustedProxies: [],
  relays: [],
  apiToken: undefined,
};

/** On loopback; on a free port unless one is named. */
export async function servePage(
  view: MasterView,
  { clock = systemClock, localToken, ...web }: ServedPageOptions = {},
): Promise<ServedPage> {
  const logged: string[] = [];
  const config = { ...webConfig, adminPassword: PASSWORD, ...web };
  const log = (sentence: string) => void logged.push(sentence);
  const page = await serveStatusPage({
    view,
    config: () => config,
    clock,
    log,
    ...(localToken !== undefined && { localToken }),
  });
  return { ...page, logged };
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export class WebVisitor {
  readonly address: string;
  #cookie: string | undefined;

  constructor({ address }: Pick<StatusPage, "address">) {
    this.address = address;
  }

  get cookie(): string | undefined {
    return this.#cookie;
  }

  /** The path goes out as it is written, however odd. */
  async send(path: string, { method = "GET", headers = {}, body }: Sent = {}): Promise<Reply> {
    const { hostname, port } = new URL(this.address);
    const own = this.#cookie === undefined ? {} : { cookie: this.#cookie };
    const reply = await new Promise<Reply>((resolve, reject) => {
      const sent = request({ hostname, port, path, method, headers: { ...own, ...headers } }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text: Buffer.concat(chunks).toString("utf8"),
          }),
        );
      });
      sent.on("error", reject);
      sent.end(body);
    });
    const [given] = [reply.headers["set-cookie"] ?? []].flat();
    if (given !== undefined) this.#cookie = given.split(";")[0];
    return reply;
  }

  /** Sends a form as a page of ours would, but for what is given. */
  post(path: string, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) {
    return this.send(path, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        origin: new URL(this.address).origin,
        ...headers,
      },
      body: new URLSearchParams(fields).toString(),
    });
  }

  /** Of the forms that a page shows this visitor. */
  async token(path = "/login"): Promise<string> {
    const { text } = await this.send(path);
    const token = /name="token" value="([\w-]+)"/.exec(text)?.[1];
    if (token === undefined) throw new Error(`${path} has no form with a token`);
    return token;
  }

  async logIn(password = PASSWORD, back = "/"): Promise<Reply> {
    return this.post("/login", { token: await this.token(), password, back });
  }
}
