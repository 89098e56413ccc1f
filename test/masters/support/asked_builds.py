# Which builds the tests have asked this master for and have not got yet, known without its database.
from collections import Counter

from buildbot.data.resultspec import Filter
from twisted.internet.defer import Deferred


class AskedBuilds:
    def __init__(self):
        self.builders_of_requests = {}
        # Deferreds that wait for the end of a request.
        self.waiting = {}
        # By the names of builders; None until it is known what was asked before the master started.
        self.counts = None

    async def follow(self, master):
        await master.mq.startConsuming(self.note_complete, ("buildrequests", None, "complete"))
        incomplete = await master.data.get(("buildrequests",), filters=[Filter("complete", "eq", [False])])
        names = {}
        for request in incomplete:
            builder = await master.data.get(("builders", request["builderid"]))
            names[request["buildrequestid"]] = builder["name"]
        self.builders_of_requests.update(names)
        self.counts = Counter(names.values())

    def note_coming(self, builder):
        """To be called before the request, which the master may look at before it is known by its number."""
        self.counts[builder] += 1

    def note_asked(self, request, builder):
        self.builders_of_requests[request] = builder

    def note_complete(self, _key, request):
        builder = self.builders_of_requests.pop(request["buildrequestid"], None)
        if builder is not None:
            self.counts[builder] -= 1
        for deferred in self.waiting.pop(request["buildrequestid"], ()):
            if not deferred.called:
                deferred.callback(None)

    async def wait_for_end(self, request, clock, seconds):
        """Until the request is complete, or for that long; not at all for one of which nothing is known."""
        if request in self.builders_of_requests:
            deferred = Deferred()
            self.waiting.setdefault(request, []).append(deferred)
            await deferred.addTimeout(seconds, clock, onTimeoutCancel=lambda _result, _seconds: None)

    def with_work(self, builders):
        """Those of which builds are asked for. A master looks for requests at all builders of a worker whenever one
        build of it ends, and asks the database for each."""
        if self.counts is None:
            return builders
        return [builder for builder in builders if self.counts[builder.name] > 0]


# A reconfiguration reads the configuration anew, and not this.
asked_builds = AskedBuilds()
