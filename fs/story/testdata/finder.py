"""Makes the calls in a table, one after the other, in the folder IN. A file's content is that of FROM/WORD.

finder.py TABLE, with IN, FROM and SETTLE in the environment. Attributes have XATTRS before their names; where the volume
takes none, a file ._NAME is written in their place, as the kernel of macOS does, and follows its file's way.
At look NAME that is printed, and a line read. It says late where it was itself kept from coming back for too long."""
import errno
import os
import shlex
import sys
import time

prefix, settle = os.environ["XATTRS"], float(os.environ["SETTLE"])
os.chdir(os.environ["IN"])
handles, closed = {}, ("", 0)  # descriptors and names by handle; what was closed last, and when


def come(name):
    if closed[0] == name and time.monotonic() - closed[1] > 0.8 * settle:
        print("late", flush=True)


def content(word, begin, end):
    with open(os.path.join(os.environ["FROM"], word), "rb") as f:
        return f.read()[int(begin):None if end == "all" else int(end)]


def companion(name):
    return os.path.join(os.path.dirname(name), "._" + os.path.basename(name))


def attribute(call, name, attr, *value):
    try:
        call(name, prefix + attr, *value)
        assert call is os.removexattr or os.getxattr(name, prefix + attr) == value[0]
    except OSError as e:
        if e.errno != errno.ENOTSUP:
            raise
        with open(companion(name), "wb") as f:
            f.write(b"\0\5\x16\7\0\2\0\0Mac OS X" + bytes(4080))


def follow(call, name, *to):
    call(name, *to)
    if os.path.exists(companion(name)):
        call(companion(name), *map(companion, to))


def statfs(name):
    f = os.statvfs(name)
    assert 0 < f.f_bavail <= f.f_blocks and f.f_frsize >= 512 and f.f_namemax >= 255, f


def gone(name):
    assert not os.path.lexists(name), name


def opened(handle, name, flags):
    come(name)
    handles[handle] = (os.open(name, flags, 0o644), name)


def write(handle, word, begin, end):
    data, at = content(word, begin, end), int(begin)
    for i in range(0, len(data), 1 << 20):
        os.pwrite(handles[handle][0], data[i:i + (1 << 20)], at + i)


def close(handle):
    global closed
    fd, name = handles.pop(handle)
    os.close(fd)
    closed = name, time.monotonic()


def look(name):
    print("look", name, flush=True)
    sys.stdin.readline()


def rename(old, new):
    come(old)
    come(new)
    follow(os.rename, old, new)


calls = {
    "statfs": statfs, "gone": gone, "look": look, "write": write, "close": close, "rename": rename,
    "access": lambda name: os.access(name, os.W_OK),
    "stat": os.stat, "mkdir": os.mkdir, "rmdir": os.rmdir,
    "create": lambda handle, name: opened(handle, name, os.O_CREAT | os.O_EXCL | os.O_RDWR),
    "open": lambda handle, name: opened(handle, name, os.O_RDWR),
    "truncate": lambda handle, word, begin, end: os.ftruncate(handles[handle][0], len(content(word, begin, end))),
    "fsync": lambda handle: os.fsync(handles[handle][0]),
    "setxattr": lambda name, attr, value: attribute(os.setxattr, name, attr, bytes.fromhex(value)),
    "removexattr": lambda name, attr: attribute(os.removexattr, name, attr),
    "listxattr": os.listxattr,
    "chmod": lambda name, mode: os.chmod(name, int(mode, 8)),
    "utimes": lambda name, at: os.utime(name, (int(at), int(at))),
    "remove": lambda name: follow(os.remove, name),
}
for number, line in enumerate(open(sys.argv[1], encoding="utf-8"), 1):
    words = [word.replace("\\r", "\r") for word in shlex.split(line, comments=True)]
    if not words:
        continue
    try:
        calls[words[0]](*words[1:])
    except Exception as e:
        sys.exit(f"line {number}: {line.strip()}: {e!r}")
