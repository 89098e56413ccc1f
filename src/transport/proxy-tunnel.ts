// Opens a tunnel through an HTTP proxy: sends one CONNECT and reads the answer. Bytes after the answer belong to the
// tunnel.
import type { Socket } from "node:net";
import { hostAndPort, type TcpEndpoint } from "./endpoint.ts";
import { refusalText, refusalTrouble } from "./proxy-refusal.ts";
import { readReply } from "./proxy-reply.ts";
import { type ConnectOptions, runStage, type StageEnd } from "./stage.ts";
import { systemCause } from "./system-cause.ts";
import { ignore } from "./tcp.ts";

export interface TunnelRequest {
  /** Target of the tunnel; the proxy resolves the name. */
  readonly to: TcpEndpoint;
  /** `host:port` of the proxy. */
  readonly shownProxy: string;
  /** Value of the Proxy-Authorization header. */
  readonly authorization: string | undefined;
  /** How long the proxy may take to answer. */
  readonly timeoutMs: number;
}

/** Resolves to `socket`, which is now the tunnel; rejects with the error of the stage, and destroys it. */
export function openTunnel(socket: Socket, request: TunnelRequest, options: ConnectOptions): Promise<Socket> {
  const who = `the proxy at ${request.shownProxy}`;
  const plan = { stage: "proxy", timeoutMs: request.timeoutMs, late: `${who} has not answered` } as const;
  return runStage(plan, options, (end) => {
    const succeed = (tunnel: Socket) => {
      options.onFound?.(`${who} opened a tunnel to ${hostAndPort(request.to.host, request.to.port)}`);
      end.succeed(tunnel);
    };
    const stopReading = readAnswer(socket, { ...request, ...end, succeed, who });
    socket.write(connectRequest(request), "latin1");
    return (failed) => {
      stopReading();
      if (failed) socket.on("error", ignore).destroy();
    };
  });
}

function connectRequest({ to, authorization }: TunnelRequest): string {
  const target = hostAndPort(to.host, to.port);
  const credentials = authorization === undefined ? [] : [`Proxy-Authorization: ${authorization}`];
  return [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`, ...credentials, "", ""].join("\r\n");
}

interface Answer extends TunnelRequest, StageEnd<Socket> {
  readonly who: string;
}

/** Returns a function that stops reading; unread bytes stay in the socket for the next reader. */
function readAnswer(socket: Socket, { to, authorization, succeed, fail, who }: Answer): () => void {
  let received: Buffer = Buffer.alloc(0);
  const target = hostAndPort(to.host, to.port);
  const onReadable = () => {
    for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
      received = Buffer.concat([received, chunk]);
      const reading = readReply(received);
      if (reading.kind === "garbage")
        return fail(`the server at ${who.slice("the proxy at ".length)} is not an HTTP proxy: ${reading.why}`);
      if (reading.kind === "unfinished") continue;
      const { reply } = reading;
      if (reply.status < 200 || reply.status > 299) {
        const sentence = refusalText(reply, { who, target, withCredentials: authorization !== undefined });
        return fail(sentence, undefined, refusalTrouble(reply.status));
      }
      if (received.length > reply.headBytes) socket.unshift(received.subarray(reply.headBytes));
      return succeed(socket);
    }
  };
  const onClose = () =>
    fail(`${who} closed the connection ${received.length === 0 ? "without an answer" : "in the middle of its answer"}`);
  const onError = (error: Error) => fail(`${who} dropped the connection: ${systemCause(error)}`, error);
  socket.on("readable", onReadable).on("end", onClose).on("close", onClose).on("error", onError);
  return () => socket.off("readable", onReadable).off("end", onClose).off("close", onClose).off("error", onError);
}
