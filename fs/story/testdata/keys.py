"""Types at a program in a terminal: keys.py PROGRAM [ARG...] < steps

Steps, one per line, in which \\n, \\x1b and the like stand for themselves:
  see TEXT     wait until the program has shown TEXT since the last step
  type KEYS    type
  run COMMAND  run it in a shell
The program must then end by itself; its exit status is ours.
"""
import fcntl, os, pty, select, struct, subprocess, sys, termios, time

LIMIT = 30  # seconds for the whole


def read(fd, until):
    """One piece of what the program shows; b"" once it has ended."""
    left = until - time.monotonic()
    if left <= 0 or not select.select([fd], [], [], left)[0]:
        return None
    try:
        return os.read(fd, 65536)
    except OSError:  # what a terminal answers when nobody has it open any more
        return b""


def main():
    steps = [line.rstrip("\n").split(" ", 1) for line in sys.stdin if line.strip()]
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(sys.argv[1], sys.argv[1:])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    until, shown, everything = time.monotonic() + LIMIT, b"", b""
    steps.append(["end", ""])
    for verb, text in steps:
        wanted = text.encode().decode("unicode_escape").encode()
        if verb == "type":
            shown = b""
            os.write(fd, wanted)
            continue
        if verb == "run":
            subprocess.run(text, shell=True, check=True)
            continue
        while verb == "end" or wanted not in shown:
            piece = read(fd, until)
            if piece == b"" and verb == "end":
                break
            if not piece:
                os.kill(pid, 9)
                sys.exit("waited in vain to %s %r; shown: %r" % (verb, text, everything))
            shown += piece
            everything += piece
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status:
        sys.exit("ended with %d; shown: %r" % (status, everything))


main()
