// A Python program that runs a buildbot.tac with stand-ins for Twisted, zope and Buildbot's worker, and prints the calls that the
// file makes as JSON. It runs in its own process group, which it kills at the end.

/**
 * Arguments: the absolute path of the file, its time limit in seconds, and the names of variables to report, separated by spaces.
 * Output of the file itself is discarded.
 */
export const STAND_INS_PROGRAM = `
import importlib.abc, importlib.machinery, json, os, re, resource, signal, sys, types

path, limit, wanted = sys.argv[1], int(sys.argv[2]), sys.argv[3].split()
ROOTS = ("twisted", "zope", "buildbot_worker", "buildslave")
WORKERS = ("buildbot_worker.bot.Worker", "buildslave.bot.BuildSlave")
LOG_FILES = "twisted.python.logfile."
signal.alarm(limit)
answer = os.fdopen(os.dup(1), "w")
for descriptor in (1, 2):
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
own_pid, workers, started, observers, notes = os.getpid(), [], [], [], []


class Thing:
    """An object of one of the replaced modules, with the call that returned it."""

    def __init__(self, name, owner=None, args=(), keywords=()):
        self.__dict__.update(_name=name, _owner=owner, _args=args, _keywords=dict(keywords))

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return named(self._name + "." + name, self)

    def __setattr__(self, name, value):
        if type(self) in (Thing, Worker):
            notes.append(self._name + "." + name + " is not kept: only plain names can be given a value")
        self.__dict__[name] = value

    def __call__(self, *args, **keywords):
        if self._name.endswith(".setComponent"):
            observers.append(args[-1] if args else None)
        elif self._name.endswith(".addService"):
            started.extend(args)
        return Thing(self._name + "()", self, args, keywords)

    def __mro_entries__(self, bases):
        return (Base,)


class Base(Thing):
    def __init__(self, *args, **keywords):
        super().__init__("object", None, args, keywords)


class Worker(Base):
    def __init__(self, *args, **keywords):
        super().__init__(*args, **keywords)
        self.__dict__["_name"] = "Worker()"
        workers.append(self)

    def setServiceParent(self, parent):
        started.append(self)


def named(name, owner=None):
    return Worker if name in WORKERS else Thing(name, owner)


class StandIn(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return named(self.__name__ + "." + name)


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, where=None, target=None):
        if name.split(".")[0] in ROOTS:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return StandIn(spec.name)

    def exec_module(self, module):
        pass


def plain(value):
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and value - value == 0:
        return float(value)
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, bytes):
        value = value.decode()
    if isinstance(value, str):
        return str(value)
    raise TypeError("expected a text, a number or None for a setting, got " + type(value).__name__)


def call(thing):
    return {"args": [plain(one) for one in thing._args], "keywords": {k: plain(v) for k, v in thing._keywords.items()}}


def log_of(value, depth=0):
    """The log of an observer: the first log file or stream among its arguments."""
    if value in (sys.stdout, sys.__stdout__):
        return {"name": "sys.stdout"}
    if value in (sys.stderr, sys.__stderr__):
        return {"name": "sys.stderr"}
    value = getattr(value, "__self__", value)
    if depth > 20 or not isinstance(value, Thing):
        return None
    if value._name.startswith(LOG_FILES) and value._name.endswith("()"):
        return dict(call(value), name=value._name[len(LOG_FILES):-2])
    inner = [log_of(one, depth + 1) for one in (*value._args, *value._keywords.values(), value._owner)]
    return next((one for one in inner if one), None)


def limits():
    return {name: resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith("RLIMIT_")}


def run():
    directory = os.path.dirname(path)
    os.chdir(directory)
    sys.argv[:] = [path]
    sys.path.insert(0, directory)
    sys.meta_path.insert(0, StandIns())
    before, umask, niceness, limited = dict(os.environ), os.umask(0o77), os.nice(0), limits()
    os.umask(umask)
    names = {"__file__": path}
    with open(path, "rb") as file:
        text = file.read()
    exec(compile(text, path, "exec"), names)
    after, new_umask = dict(os.environ), os.umask(0)
    changed = {name: after.get(name) for name in sorted({*before, *after}) if before.get(name) != after.get(name)}
    lost = [name for name, limit in limits().items() if limit != limited[name]]
    if lost:
        notes.append(", ".join(lost) + " is not kept: set limits where the worker is started")
    log = log_of(observers[-1]) if observers else None
    if observers and not log:
        notes.append("its log observer is not kept: the log goes to twistd.log or --logfile")
    return {
        "workers": [call(one) for one in workers if one in started or not started],
        "log": log,
        "notes": list(dict.fromkeys(notes)),
        "environment": changed,
        "umask": new_umask if new_umask != umask else None,
        "niceness": os.nice(0) - niceness,
        "variables": {name: plain(names[name]) for name in wanted if names.get(name) is not None},
    }


def failure(error):
    """One line, without the values of variables whose names suggest a secret."""
    line, trace, named_values = getattr(error, "lineno", None), error.__traceback__, list(os.environ.items())
    while trace:
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
            named_values += [*trace.tb_frame.f_globals.items(), *trace.tb_frame.f_locals.items()]
        trace = trace.tb_next
    words = str(error).split("\\n")[0]
    if isinstance(error, ValueError):
        words = words.split(": '")[0]
    for name, value in named_values:
        if isinstance(value, str) and value and re.search("pass|pw|secret|token|key|credential", name, re.I):
            words = words.replace(value, "***").replace(repr(value)[1:-1], "***")
    return {"error": ": ".join(filter(None, (type(error).__name__, words))), "line": line}


try:
    found = run()
except BaseException as error:
    found = failure(error)
if os.getpid() == own_pid:
    json.dump(found, answer)
    answer.flush()
    os.killpg(0, signal.SIGKILL)
os._exit(0)
`;
