"""Writes a file in one of several ways, and prints how far the recorder had come when fsync returned.

fsync.py HOW SOURCE NAME, with MNT and TAPE in the environment."""
import mmap
import os
import sys

how, source, name = sys.argv[1:]
data = open(source, "rb").read()
path = os.path.join(os.environ["MNT"], "inbox", name)
final = path


def told():
    print("fsync", name, os.stat(os.environ["TAPE"]).st_size, flush=True)


if how == "rename":  # as a careful editor does: the name is what the last fsync is for
    path = os.path.join(os.path.dirname(path), "." + os.path.basename(path) + ".tmp")
if how == "direct":
    fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_DIRECT, 0o644)
    whole = len(data) // 4096 * 4096
    pages = mmap.mmap(-1, whole)  # aligned
    pages[:] = data[:whole]
    assert os.write(fd, pages) == whole
    os.close(fd)
    fd = os.open(path, os.O_WRONLY | os.O_APPEND)
    os.write(fd, data[whole:])
elif how.startswith("mmap"):
    fd = os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
    os.ftruncate(fd, len(data))
    pages = mmap.mmap(fd, len(data))
    pages[:] = data
    if how == "mmap":
        pages.flush()
    pages.close()
else:
    fd = os.open(path, os.O_CREAT | os.O_WRONLY, 0o644)
    for at in range(0, len(data), 10000):
        os.write(fd, data[at : at + 10000])
if how == "fdatasync":
    os.fdatasync(fd)
elif how != "mmap-only":
    os.fsync(fd)
if how == "rename":
    os.close(fd)
    os.rename(path, final)
    fd = os.open(os.path.dirname(final), os.O_RDONLY)
    os.fsync(fd)
if how != "mmap-only":
    told()
os.close(fd)
