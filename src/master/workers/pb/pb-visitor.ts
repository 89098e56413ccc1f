// One connection of a worker over PB: the login and what it may call before and after. It joins a socket to a broker.
import type { Socket } from "node:net";
import type { Lane } from "../../../base/lane.ts";
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
import { type Arrival, Visitor, type VisitorContext } from "../visitor.ts";
import { greet } from "./pb-greeting.ts";
import { PbWire } from "./pb-wire.ts";

/** Names or passwords that are tried over one connection. */
const MOST_LOGINS = 3;
/** A login takes some hundred bytes. */
const STRANGER_LIMIT_BYTES = 64 * 1024;

export function servePb(socket: Socket, arrival: Arrival, context: VisitorContext): void {
  const outbox = new Outbox(socket);
  const visitor: Visitor = new Visitor(arrival, context, {
    close(cause) {
      socket.destroy();
      broker.close(cause);
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
  });
  const broker: Broker = new Broker({
    role: "server",
    send: (message, lane) => send(message, lane),
    root: createRoot(visitor, context, () => broker),
    onProblem: (sentence) => visitor.tell(`confuses the master: ${sentence}`),
    onBug: context.onBug,
  });
  let heardBytes = 0;
  socket
    .on("data", (chunk: Buffer) => {
      if (visitor.isOver) return;
      heardBytes += chunk.length;
      if (!visitor.isKnown && heardBytes > STRANGER_LIMIT_BYTES) {
        return visitor.end(`sent more than ${STRANGER_LIMIT_BYTES} bytes without logging in`);
      }
      visitor.heard();
      try {
        broker.receive(chunk);
      } catch (error) {
        visitor.endFor(error);
      }
    })
    .on("error", (error) => visitor.gone(`broke the connection off: ${error.message}`))
    .on("end", () => visitor.gone("closed the connection"))
    .on("close", () => visitor.gone("closed the connection"));

  function send(message: readonly Uint8Array[], lane: Lane): void {
    try {
      outbox.send(message, lane);
    } catch (error) {
      visitor.endFor(error);
    }
  }
}

function createRoot(visitor: Visitor, context: VisitorContext, broker: () => Broker): RemoteObject {
  let logins = 0;
  const portal = createPortal({
    broker,
    passwordOf: (name) => context.registry.passwordOf(name),
    onJudged: (name, isRight) => visitor.judged(name, isRight),
    attach: (name, mind) => attach(name, mind),
  });
  const login = portal.methods.get("login");

  async function attach(name: string, bot: Remote): Promise<RemoteObject> {
    if (visitor.isKnown) throw sessionErrors.pbState("a second login over one connection");
    await visitor.attach({
      name,
      greet: () => greet((method, ...args: JellyValue[]) => broker().call(bot, method, args)),
      wire: ({ info }, runs) => new PbWire({ broker: broker(), bot, info, runs }),
    });
    return perspective(visitor);
  }

  function challenge(call: IncomingCall) {
    logins += 1;
    if (login !== undefined && logins <= MOST_LOGINS) return login(call);
    visitor.end(`tried to log in more than ${MOST_LOGINS} times`);
    throw sessionErrors.unauthorizedLogin();
  }
  return { methods: new Map<string, RemoteMethod>([["login", challenge]]) };
}

function perspective(visitor: Visitor): RemoteObject {
  return {
    methods: new Map<string, RemoteMethod>([
      ["keepalive", () => null],
      [
        "shutdown",
        () => {
          visitor.wantsShutdown();
          return null;
        },
      ],
    ]),
  };
}
