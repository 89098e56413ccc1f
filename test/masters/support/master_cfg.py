# The configuration of a master under test, copied to its directory as master.cfg. Everything particular to the test
# is in description.json beside it, which is read again on every reconfiguration.
import json
import os
import sys
import types

# Debian ships the master without its test package, yet storing a log imports one class from there; without a
# stand-in no log would be stored and the builds would look fine.
for name in ("buildbot.test", "buildbot.test.fake", "buildbot.test.fake.reactor"):
    sys.modules.setdefault(name, types.ModuleType(name))
if not hasattr(sys.modules["buildbot.test.fake.reactor"], "NonThreadPool"):
    sys.modules["buildbot.test.fake.reactor"].NonThreadPool = type("NonThreadPool", (), {})

from buildbot.db import enginestrategy  # noqa: E402
from buildbot.plugins import schedulers, steps, util, worker  # noqa: E402

import raw_commands  # noqa: E402
from asked_builds import asked_builds  # noqa: E402
from control_server import ControlService  # noqa: E402

from sqlalchemy import event, pool  # noqa: E402

# Two thirds of the master's work would be to open its database for each question, and to wait for the disk.
enginestrategy.NullPool = pool.QueuePool


@event.listens_for(pool.Pool, "connect")
def do_not_wait_for_disk(connection, _record):
    connection.execute("pragma synchronous = off")


with open(os.path.join(basedir, "description.json"), encoding="utf-8") as file:  # noqa: F821
    description = json.load(file)


def value_of(described):
    """JSON as it is, except that {"$python": "expression"} stands for the value of that expression."""
    if isinstance(described, list):
        return [value_of(item) for item in described]
    if not isinstance(described, dict):
        return described
    if set(described) == {"$python"}:
        return eval(described["$python"], {"steps": steps, "util": util, "worker": worker})
    return {key: value_of(item) for key, item in described.items()}


def step_of(described):
    if "type" not in described:
        return value_of(described)
    module = raw_commands if described["type"] == "RawCommands" else steps
    return getattr(module, described["type"])(**value_of(described.get("args", {})))


def builder_of(described):
    return util.BuilderConfig(
        name=described["name"],
        workernames=described["workers"],
        factory=util.BuildFactory([step_of(step) for step in described["steps"]]),
        **value_of(described.get("args", {})),
    )


def demanding(listen, authority):
    """An `ssl:` port asks no worker for a certificate; those that are made by this demand one of the authority."""
    from OpenSSL import SSL

    def listen_ssl(port, factory, context_factory, **kwargs):
        context = context_factory.getContext()
        context.load_verify_locations(authority)
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *verdict: bool(verdict[-1]))
        return listen(port, factory, context_factory, **kwargs)

    return listen_ssl


if "workerAuthority" in description:
    from twisted.internet import reactor

    reactor.listenSSL = demanding(reactor.listenSSL, description["workerAuthority"])
pb_port = description.get("pbPort", "tcp:PORT:interface=127.0.0.1")

BuildmasterConfig = {
    "title": "master under test",
    "buildbotURL": "http://127.0.0.1/",
    "buildbotNetUsageData": None,
    "db": {"db_url": "sqlite:///state.sqlite"},
    "protocols": {
        "pb": {"port": pb_port.replace("PORT", str(description["ports"]["pb"]))},
        "msgpack_experimental_v7": {"port": description["ports"]["msgpack"]},
    },
    "workers": [
        worker.Worker(one["name"], one["password"], **value_of(one.get("args", {})))
        for one in description["workers"]
    ],
    "builders": [builder_of(one) for one in description["builders"]],
    # A builder without any scheduler is refused. The tests add their builds themselves.
    "schedulers": [
        schedulers.Triggerable(name="test", builderNames=[one["name"] for one in description["builders"]])
    ],
    "prioritizeBuilders": lambda _master, builders: asked_builds.with_work(builders),
    "services": [ControlService(port=description["ports"]["control"])],
    **value_of(description["settings"]),
}
