# Lets the test that started this master drive it: one JSON object a line over a loopback connection, in both
# directions. Knows the master's data API and nothing of any scenario; the test puts answers together itself.
#
#   request   {"id": 1, "operation": "get", "arguments": {"path": ["workers", "one"]}}
#   answer    {"id": 1, "value": ...}   or   {"id": 1, "error": "sentence"}
import json
from collections import UserList

from asked_builds import asked_builds
from buildbot.util.service import BuildbotService
from twisted.internet import defer, reactor
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineOnlyReceiver

# A request carries at most the properties of a build.
LONGEST_REQUEST_BYTES = 1 << 20

# How long an answer waits for a build's end.
PATIENCE_SECONDS = 10


class ControlService(BuildbotService):
    name = "control for tests"
    listener = None

    def checkConfig(self, port):
        self.port = port

    def reconfigService(self, port):
        return defer.succeed(None)

    @defer.inlineCallbacks
    def startService(self):
        yield super().startService()
        factory = Factory.forProtocol(ControlConnection)
        factory.operations = Operations(self.master)
        yield defer.ensureDeferred(asked_builds.follow(self.master))
        self.listener = self.master.reactor.listenTCP(self.port, factory, interface="127.0.0.1")

    @defer.inlineCallbacks
    def stopService(self):
        yield self.listener.stopListening()
        yield super().stopService()


class ControlConnection(LineOnlyReceiver):
    delimiter = b"\n"
    MAX_LENGTH = LONGEST_REQUEST_BYTES

    def lineReceived(self, line):
        defer.ensureDeferred(self.answer(json.loads(line)))

    async def answer(self, request):
        try:
            operation = getattr(self.factory.operations, request["operation"])
            answer = {"id": request["id"], "value": await operation(**request["arguments"])}
        except Exception as error:
            answer = {"id": request["id"], "error": f"{type(error).__name__}: {error}"}
        # The answer is ASCII, so no character in it can be taken for a line end.
        self.sendLine(json.dumps(answer, default=plain).encode("ascii"))


def plain(value):
    """What the data API returns beside JSON's own types: lists of its own kind, and dates."""
    return list(value) if isinstance(value, UserList) else str(value)


def patched(diff):
    """What a source stamp of a try build has more; nothing for None."""
    if diff is None:
        return {}
    return {
        "patch_body": diff.encode(),
        "patch_level": 1,
        "patch_author": "",
        "patch_comment": "",
        "patch_subdir": ".",
    }


class Operations:
    """What a test may ask for; keyword arguments are those of the request."""

    def __init__(self, master):
        self.master = master

    async def get(self, path):
        return await self.master.data.get(tuple(path))

    async def control(self, action, arguments, path):
        await self.master.data.control(action, arguments, tuple(path))

    async def add_build(self, builder, properties, reason, patch):
        wanted = self.master.botmaster.builders.get(builder)
        if wanted is None:
            raise KeyError(f"no builder named {builder!r}")
        builder_id = await wanted.getBuilderId()
        asked_builds.note_coming(builder)
        _, request_ids = await self.master.data.updates.addBuildset(
            waited_for=False,
            scheduler="test",
            reason=reason,
            properties={name: (value, "test") for name, value in properties.items()},
            builderids=[builder_id],
            sourcestamps=[
                {"codebase": "", "repository": "", "branch": None, "revision": None, "project": "", **patched(patch)}
            ],
        )
        asked_builds.note_asked(request_ids[builder_id], builder)
        return request_ids[builder_id]

    async def is_complete(self, request):
        """Asked again and again, so that the answer waits for a change; the database knows it only of those from before
        this master's start."""
        await asked_builds.wait_for_end(request, reactor, PATIENCE_SECONDS)
        if request in asked_builds.builders_of_requests:
            return False
        row = await self.master.data.get(("buildrequests", request))
        return row["complete"]

    async def worker(self, name):
        """The live object of a worker; what the database knows is fetched with get."""
        live = self.master.workers.workers.get(name)
        if live is None:
            return None
        return {
            "connected": live.conn is not None,
            "commands": live.worker_commands or {},
            "properties": {key: value for key, (value, _) in live.info.asDict().items()},
            "builders": [builder.name for builder in self.master.botmaster.getBuildersForWorker(name)],
        }
