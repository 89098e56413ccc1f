# Loads files as twistd loads a buildbot.tac, with the real Worker class, and tells as JSON what came of each. Standard input
# has a list of {"directory", "environment"}; each is done in a process of its own, so that none changes another's.
import gc
import inspect
import json
import os
import sys
import tempfile

from buildbot_worker.bot import Worker
from twisted.application import app, service
from twisted.internet import reactor  # noqa: F401, as every worker has it
from twisted.logger import ILogObserver
from twisted.python import log
from twisted.python.logfile import BaseLogFile, DailyLogFile

MARK = "a line for whatever log the file has set up"
# Of these the first is the worker itself, and the second has had no effect for years.
LEFT_OUT = ("self", "keepaliveTimeout")
SIGNATURE = inspect.signature(Worker.__init__)


def record_workers():
    """The workers that are made from now on, each with its arguments."""
    made = []
    make = Worker.__init__

    def record(self, *positional, **keywords):
        make(self, *positional, **keywords)
        bound = SIGNATURE.bind(self, *positional, **keywords)
        bound.apply_defaults()
        made.append((self, {name: value for name, value in bound.arguments.items() if name not in LEFT_OUT}))

    Worker.__init__ = record
    return made


def services_of(parent):
    for child in parent:
        yield child
        if isinstance(child, service.MultiService):
            yield from services_of(child)


def settings(worker, arguments):
    """The arguments, and of some of them what the worker has made."""
    made = {
        "umask": worker.umask,
        "numcpus": worker.numcpus,
        "allow_shutdown": worker.allow_shutdown,
        "basedir": worker.bot.basedir,
        "delete_leftover_dirs": worker.bot.delete_leftover_dirs,
    }
    if hasattr(worker.bf, "keepaliveInterval"):
        made["keepalive"] = worker.bf.keepaliveInterval
    return {**arguments, **made}


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def log_place(application, directory, output):
    """Where the log goes that the file has set up; None when it has set up none."""
    if not any(application.getComponent(kind, None) for kind in (ILogObserver, log.ILogObserver)):
        return None
    app.AppLogger({"logfile": "twistd.log"}).start(application)
    log.msg(MARK)
    for name, descriptor in (("standard output", 1), ("standard error", 2)):
        if MARK in read(output[descriptor]):
            return {"path": name}
    for folder, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)
            if MARK in read(path):
                files = [each for each in gc.get_objects() if isinstance(each, BaseLogFile) and each.path == path]
                if isinstance(files[0], DailyLogFile):
                    return {"path": path, "rotation": "daily"}
                return {"path": path, "rotation": [files[0].rotateLength, files[0].maxRotatedFiles]}
    return {"path": "nowhere"}


def load(directory, output):
    """Loads the file of this directory, which is the current one."""
    made = record_workers()
    application = None
    sys.path.insert(0, directory)
    sys.argv = ["twistd", "--no_save", "--logfile=twistd.log", "--python=buildbot.tac", "--nodaemon", "--pidfile="]
    status = None
    try:
        application = app.getApplication({"python": "buildbot.tac", "source": None, "file": None}, None)
    except SystemExit as exit:
        # As Python ends a program: a number is the status, anything else is told and means 1.
        status = exit.code if isinstance(exit.code, int) else 0 if exit.code is None else 1
        if not isinstance(exit.code, (int, type(None))):
            print(exit.code, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    told = {"printed": read(output[1]), "complained": read(output[2])}
    attached = [] if application is None else list(services_of(service.IServiceCollection(application)))
    umask = os.umask(0o77)
    return {
        **told,
        "exit": status,
        "pid": os.getpid(),
        # One that was not handed to the application never starts.
        "workers": [settings(worker, arguments) for worker, arguments in made if worker in attached],
        "environment": dict(os.environ),
        "umask": umask,
        "niceness": os.nice(0),
        "log": None if application is None else log_place(application, directory, output),
    }


def load_apart(directory, environment):
    """The same in a child, with that environment and an output of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        output = {1: os.path.join(scratch, "out"), 2: os.path.join(scratch, "err")}
        answer = os.path.join(scratch, "answer")
        child = os.fork()
        if child == 0:
            try:
                for descriptor, path in output.items():
                    os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), descriptor)
                os.environ.clear()
                os.environ.update(environment)
                os.umask(0o22)
                os.chdir(directory)
                found = load(directory, output)
                with open(answer, "w", encoding="utf-8") as file:
                    json.dump(found, file, default=lambda value: value.decode() if isinstance(value, bytes) else repr(value))
            except BaseException as error:
                os.write(2, f"{type(error).__name__}: {error}\n".encode())
            os._exit(0)
        os.waitpid(child, 0)
        if not os.path.exists(answer):
            raise RuntimeError(f"{directory}: {read(output[2])}")
        with open(answer, encoding="utf-8") as file:
            return json.load(file)


# What exists by now is no child's to look through.
gc.freeze()
print(json.dumps([load_apart(**row) for row in json.load(sys.stdin)]))
