# The master's ends of transfers for raw_commands.py: they write down each call, and can fail or interrupt when they are
# called. And values in a form that JSON can hold without losing their types.
import base64
import io
import tarfile

from buildbot.worker.protocols.base import FileReaderImpl, FileWriterImpl
from twisted.internet import defer

# The sentence a file fails with when its case wants that.
FILE_FAILURE = "the disk of the master is full"


def add_file(case, command, interrupt):
    """Gives the command the master's file its case asks for; returns the list its calls will be written to."""
    calls = []
    for kind, made in (("writer", RecordedWriter), ("reader", RecordedReader)):
        if kind in case:
            command.args[kind] = made(calls, interrupt, case[kind])
    return calls


class Recorder:
    """`failOn`, `interruptOn`: the name of a call that fails, or that is answered only after an interruption. Blocks that
    come or are asked for after that are not written down: how many were on their way is left to the worker."""

    def __init__(self, calls, interrupt, wanted):
        self.calls = calls
        self.interrupt = interrupt
        self.wanted = wanted
        self.over = False

    def note(self, name, *details):
        if not self.over or name not in ("write", "read"):
            self.calls.append([name, *details])
        if self.wanted.get("failOn") == name:
            self.over = True
            raise OSError(FILE_FAILURE)

    async def answer(self, name, value):
        if self.wanted.get("interruptOn") == name and not self.over:
            self.over = True
            await self.interrupt()
        return value


class RecordedWriter(Recorder, FileWriterImpl):
    def __init__(self, *args):
        super().__init__(*args)
        self.content = b""

    def remote_write(self, content):
        # The size of an archive, and so of its blocks, is left to whoever makes it.
        if not self.wanted.get("tree"):
            self.note("write", len(content), type(content).__name__)
        elif ["write"] not in self.calls or self.wanted.get("failOn") == "write":
            self.note("write")
        if not self.over:
            self.content += content if isinstance(content, bytes) else content.encode()
        return defer.ensureDeferred(self.answer("write", None))

    def remote_close(self):
        self.note("close", "of an archive" if self.wanted.get("tree") else shown(self.content))

    def remote_utime(self, times):
        self.note("utime", plain(times))

    def remote_unpack(self):
        self.note("unpack", members(self.content, self.wanted.get("compress")))


class RecordedReader(Recorder, FileReaderImpl):
    def __init__(self, *args):
        super().__init__(*args)
        content = self.wanted["content"]
        self.content = io.BytesIO(content.encode() if isinstance(content, str) else bytes(content))
        self.found_end = False

    def remote_read(self, length):
        # How often the end is found is left to the worker, too.
        if not self.found_end:
            self.note("read", length)
        block = self.content.read(length)
        self.found_end = not block
        return defer.ensureDeferred(self.answer("read", block.decode() if self.wanted.get("asText") else block))

    def remote_close(self):
        self.note("close")


def members(archive, compress):
    """What is in a tar archive, entry by entry, or why it cannot be read."""
    found = []
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode=f"r:{compress or ''}") as tar:
            for entry in tar:
                content = shown(tar.extractfile(entry).read()) if entry.isreg() else None
                found.append({
                    "name": entry.name,
                    "type": entry.type.decode(),
                    "mode": entry.mode,
                    "owner": [entry.uid, entry.gid, entry.uname, entry.gname],
                    "size": entry.size,
                    "mtime": float(entry.mtime),
                    "link": entry.linkname,
                    "content": content,
                })
    except (tarfile.TarError, EOFError, OSError) as error:
        found.append({"unreadable": type(error).__name__})
    return found


def shown(content):
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


def plain(value):
    """A value as it came over the wire, in JSON that keeps all types apart."""
    if isinstance(value, bytes):
        return {"bytes": shown(value)}
    if isinstance(value, tuple):
        return {"tuple": [plain(item) for item in value]}
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {"dict": [[plain(key), plain(item)] for key, item in value.items()]}
    return value
