// Two ends of a resumable stream, joined by a line that a test cuts; nothing happens by itself.
import type { Frame } from "../../../src/transport/relay/frames.ts";
import { ResumableStream } from "../../../src/transport/relay/resumable-stream.ts";

export type Side = 0 | 1;

export class StreamEnd {
  /** Everything that was written here. */
  wrote = "";
  delivered = "";
  /** Delivered bytes that the local side has not taken. */
  untaken = 0;
  ends: string[] = [];
  /** Set by a test that has ended this side. */
  ended = false;
  /** Why it stopped: a violation that it reported. */
  error: unknown;
  /** On the way to the other end. */
  line: Frame[] = [];
  hasRoom = true;
  onRoom = () => {};
  readonly stream = new ResumableStream({
    send: (frame) => void this.line.push(frame),
    hasRoom: () => this.hasRoom,
    deliver: (bytes) => {
      this.delivered += Buffer.from(bytes).toString("latin1");
      this.untaken += bytes.length;
    },
    onEnd: (reason) => void this.ends.push(reason),
    onRoom: () => this.onRoom(),
  });

  write(text: string): void {
    this.wrote += text;
    const bytes = Buffer.from(text, "latin1");
    this.stream.write(bytes);
    bytes.fill("!"); // as when its owner reuses the memory
  }

  take(): void {
    this.stream.wrote(this.untaken);
    this.untaken = 0;
    this.stream.acknowledge();
  }

  receive(frame: Frame): void {
    try {
      if (this.error === undefined) this.stream.receive(frame);
    } catch (error) {
      this.error = error;
    }
  }
}

export class StreamPair {
  readonly ends = [new StreamEnd(), new StreamEnd()] as const;

  constructor() {
    this.join();
  }

  /** The first frame on the way to `side` arrives. */
  arrive(side: Side): boolean {
    const frame = this.ends[1 - side]?.line.shift();
    if (frame !== undefined) this.ends[side].receive(frame);
    return frame !== undefined;
  }

  /** It arrives twice. */
  repeat(side: Side): void {
    const frame = this.ends[1 - side]?.line[0];
    if (frame !== undefined) this.ends[side].receive(frame);
  }

  /** What is on the way is lost. */
  cut(): void {
    for (const end of this.ends) {
      end.line = [];
      end.stream.detach();
    }
  }

  join(): void {
    this.cut();
    const [first, second] = this.ends;
    const have = [first.stream.received, second.stream.received] as const;
    first.stream.attach(have[1]);
    second.stream.attach(have[0]);
  }

  /** A good line until nothing is on the way. */
  settle(): void {
    this.join();
    for (const end of this.ends) end.hasRoom = true;
    for (let moved = true; moved; ) {
      for (const end of this.ends) {
        end.stream.pump();
        end.take();
      }
      moved = this.arrive(0) || this.arrive(1);
    }
  }
}
