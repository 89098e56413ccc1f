# A step that sends remote commands just as its description says, with arguments no step of Buildbot's would send, and
# writes down whatever the worker does: answers, updates, calls on the master's files. Judges nothing.
import json
import os
import re

from buildbot.process.buildstep import BuildStep
from buildbot.process.remotecommand import RemoteCommand
from buildbot.process.results import SUCCESS
from twisted.internet import defer, reactor, task

from raw_files import add_file, plain

# How often it is looked whether a command has come as far as its interruption waits for.
POLL_SECONDS = 0.02
# How long a command may take unless its case says otherwise.
LIMIT_SECONDS = 25


class RawCommands(BuildStep):
    """`cases`: a list of dictionaries, see `perform`; `recordFile`: where in the
    master's directory the records go, by the names of the cases. The property
    `again` names the one case that is wanted, in place of all."""

    name = "raw commands"

    def __init__(self, cases, recordFile, **kwargs):
        super().__init__(**kwargs)
        self.cases = cases
        self.recordFile = recordFile

    def run(self):
        return defer.ensureDeferred(self.perform_all())

    async def perform_all(self):
        records = {}
        again = self.getProperty("again", None)
        if again is not None:
            await self.clear(again)
        for case in self.cases:
            if again is not None and case["name"] != again:
                continue
            records[case["name"]] = await self.perform(case)
        with open(os.path.join(self.master.basedir, self.recordFile), "w", encoding="utf-8") as file:
            json.dump(records, file)
        return SUCCESS

    async def clear(self, name):
        """Removes what the case's first time has left."""
        (directory,) = (case["directory"] for case in self.cases if case["name"] == name)
        text = f"chmod -R u+rwx {directory}; rm -rf {directory}"
        await self.finish(RecordedCommand("shell", {"command": text, "workdir": "."}), LIMIT_SECONDS)

    async def perform(self, case):
        """Runs `before` by the shell, then the command, then `after`; all in the directory of the case."""
        if "before" in case:
            await self.script(case, case["before"])
        command = RecordedCommand(case["command"], dict(case["args"]))
        calls = add_file(case, command, lambda: self.interrupt_command(case, command))
        interruption = self.interrupt_in_time(case, command)
        record = await self.finish(command, case.get("limitSeconds", LIMIT_SECONDS))
        record["interruption"] = await interruption
        record["calls"] = calls
        if "after" in case:
            record["after"] = await self.script(case, case["after"])
        return record

    async def script(self, case, text):
        command = RecordedCommand("shell", {"command": text, "workdir": case["directory"]})
        record = await self.finish(command, LIMIT_SECONDS)
        return "".join(value for key, value in record["updates"] if key in ("stdout", "stderr"))

    async def finish(self, command, limit_seconds):
        """The record of a command that ended, or of one that did not within the limit and is left alone."""
        command.worker = self.worker
        running = command.run(self, self.remote, self.build.builder.name)
        limit = reactor.callLater(limit_seconds, running.cancel)
        try:
            await running
            ended = True
        except defer.CancelledError:
            ended = False
        if limit.active():
            limit.cancel()
        return {
            "refused": command.refused,
            "updates": list(command.recorded),
            "ended": ended,
            "failure": command.failure,
        }

    def interrupt_in_time(self, case, command):
        """A Deferred of the answers to the interruption; None when there was none of its own."""
        when = case.get("interruptWhen")
        if when is None:
            return defer.succeed(None)
        return defer.ensureDeferred(self.wait_and_interrupt(case, command, when))

    async def wait_and_interrupt(self, case, command, when):
        arrived = os.path.join(
            self.worker.worker_basedir,
            self.build.builder.config.workerbuilddir,
            case["directory"],
            case.get("arrival", "arrived"),
        )
        while command.answered is None:
            await a_moment()
        while command.active and (when == "ended" or (when == "arrived" and not os.path.exists(arrived))):
            await a_moment()
        return await self.interrupt_command(case, command)

    async def interrupt_command(self, case, command):
        if "replacement" in case:
            record = await self.finish(RecordedCommand("shell", dict(case["replacement"])), LIMIT_SECONDS)
            return [update for update in record["updates"] if update[0] in ("stdout", "rc")]
        answers = []
        for identity in case.get("interruptIds", ["own"]):
            identity = command.commandID if identity == "own" else identity
            answer = await command.conn.remoteInterruptCommand(command.builder_name, identity, "the case asks for it")
            answers.append(plain(answer))
        return answers


def a_moment():
    return task.deferLater(reactor, POLL_SECONDS, lambda: None)


class RecordedCommand(RemoteCommand):
    def __init__(self, command, args):
        super().__init__(command, args)
        # Without an rc the master would wait a second for one.
        self.rc = 0
        self.recorded = []
        self.answered = None
        self.refused = None
        self.failure = None

    def _start(self):
        started = super()._start()
        started.addCallbacks(self.note_answer, self.note_refusal)
        return started

    def note_answer(self, answer):
        self.answered = [plain(answer)]
        return answer

    def note_refusal(self, failure):
        self.answered = ["refused"]
        self.refused = described(failure)
        return failure

    def remote_update(self, updates):
        for update, _ in updates:
            self.recorded.extend([key, plain(value)] for key, value in update.items())
        return 0

    def remote_update_msgpack(self, updates):
        for key, value in updates:
            self.recorded.append([key, plain(value_of_pb(key, value))])

    def remoteComplete(self, failure):
        if failure is not None and self.refused is None:
            self.failure = described(failure)
        return defer.succeed(None)


def value_of_pb(key, value):
    """What PB has in the place of a value of MessagePack: the places and times of lines are no part of it, tuples are."""
    if key in ("stdout", "stderr", "header"):
        return value[0]
    if key == "log":
        return (value[0], value[1][0])
    return tuple(value) if key == "stat" else value


def described(failure):
    """An error as it came over the wire; one in the answer to a call is wrapped in an error of the master's own."""
    if isinstance(failure, str):
        return described_text(failure)
    wrapped = getattr(failure.value, "remoteType", None)
    if wrapped is not None:
        return {"type": plain(wrapped), "text": plain(str(failure.value))}
    of_peer = isinstance(failure.type, (bytes, str))
    text = failure.value if of_peer else str(failure.value)
    return {"type": plain(failure.type if of_peer else failure.type.__name__), "text": plain(text)}


def described_text(text):
    """MessagePack has only the text that Twisted makes of a failure, which ends in the places it came through."""
    shown = re.fullmatch(r"\[Failure instance: Traceback.*?: <class '([^']+)'>: (.*?)\n?((?<=\n)/[^\n]+\n)*\]", text, re.DOTALL)
    if shown is None:
        return {"type": None, "text": text}
    name, message = shown.group(1), shown.group(2)
    return {"type": name if "." in name else f"builtins.{name}", "text": message}
