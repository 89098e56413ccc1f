// One connection of a worker over PB: the login, and the methods it may call before and after. Joins a socket to a
// broker.
import type { Socket } from "node:net";
import { sessionErrors } from "../../../session/errors.ts";
import {
  Broker,
  createPortal,
  type IncomingCall,
  type RemoteMethod,
  type RemoteObject,
} from "../../../session/pb/index.ts";
import { Outbox } from "../../../transport/index.ts";
import type { JellyValue, Remote } from "../../../wire/jelly/index.ts";
import type { IncomingConnection } from "../incoming-connection.ts";
import { greet } from "./pb-greeting.ts";
import { PbSession } from "./pb-session.ts";

/** Login attempts per connection. */
const MAX_LOGINS = 3;
/** Bytes before the login, which takes a few hundred. */
const LOGIN_LIMIT_BYTES = 64 * 1024;

export function servePb(socket: Socket, connection: IncomingConnection): void {
  const outbox = new Outbox(socket);
  const broker: Broker = new Broker({
    role: "server",
    send: (message, lane) => connection.guard(() => outbox.send(message, lane)),
    root: createRoot(connection, () => broker),
    onProblem: (sentence) => connection.report(`sent something unexpected: ${sentence}`),
    onBug: connection.context.onBug,
  });
  connection.transport = {
    close(cause) {
      socket.destroy();
      broker.close(cause);
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
  };
  let receivedBytes = 0;
  socket
    .on("data", (chunk: Buffer) => {
      if (connection.isClosed) return;
      receivedBytes += chunk.length;
      if (!connection.isKnown && receivedBytes > LOGIN_LIMIT_BYTES) {
        return connection.end(`sent more than ${LOGIN_LIMIT_BYTES} bytes without logging in`);
      }
      connection.noteActivity();
      connection.guard(() => broker.receive(chunk));
    })
    .on("error", (error) => connection.gone(`lost the connection: ${error.message}`))
    .on("end", () => connection.gone("closed the connection"))
    .on("close", () => connection.gone("closed the connection"));
}

function createRoot(connection: IncomingConnection, broker: () => Broker): RemoteObject {
  let logins = 0;
  const portal = createPortal({
    broker,
    passwordOf: (name) => connection.context.registry.passwordOf(name),
    onJudged: (name, isRight) => connection.delayAnswer(name, isRight),
    attach: (name, mind) => attach(name, mind),
  });
  const login = portal.methods.get("login");

  async function attach(name: string, bot: Remote): Promise<RemoteObject> {
    if (connection.isKnown) throw sessionErrors.pbState("a second login over one connection");
    await connection.attach({
      name,
      greet: () => greet((method, ...args: JellyValue[]) => broker().call(bot, method, args)),
      session: (_word, worker) => new PbSession({ broker: broker(), bot, worker }),
    });
    return perspective(connection);
  }

  function challenge(call: IncomingCall) {
    logins += 1;
    if (login !== undefined && logins <= MAX_LOGINS) return login(call);
    connection.end(`tried to log in more than ${MAX_LOGINS} times`);
    throw sessionErrors.unauthorizedLogin();
  }
  return { methods: new Map<string, RemoteMethod>([["login", challenge]]) };
}

function perspective(connection: IncomingConnection): RemoteObject {
  return {
    methods: new Map<string, RemoteMethod>([
      ["keepalive", () => null],
      [
        "shutdown",
        () => {
          connection.wantsShutdown();
          return null;
        },
      ],
    ]),
  };
}
