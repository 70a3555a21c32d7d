package story

import "testing"

// browserClients make the calls of browsers that download slowly: too large to be fetched for this. Firefox's are from
// a trace of Firefox ESR 153. Each program is given what it downloads and the folder.
var browserClients = []client{
	{name: "firefox", needs: "python3", script: `$PROGRAM -c '
import os, sys, time
src, d = sys.argv[1:]
data = open(src, "rb").read()
half = d + "/H1z2fnB3.bin.part"
os.close(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
f = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
os.close(os.open(d + "/a.bin", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_TRUNC, 0o644))
os.write(f, data[:100000])
time.sleep(1)
os.close(f)
named = d + "/a.X7Sd1Ucn.bin.part"
os.rename(half, named)
f = os.open(named, os.O_WRONLY | os.O_APPEND)
for at in range(100000, len(data), 1000000):
    os.write(f, data[at:at+1000000])
    time.sleep(0.5)
os.close(f)
os.rename(named, d + "/a.bin")' $SRC/a.bin $IN`, want: "a.bin"},
	{name: "firefox-called-off", needs: "python3", script: `cp $SRC/b.bin $IN/; $PROGRAM -c '
import os, sys, time
half, name = sys.argv[1] + "/a.X7Sd1Ucn.bin.part", sys.argv[1] + "/a.bin"
for path in half, name:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
time.sleep(1)
os.unlink(name)
os.unlink(half)' $IN`, want: "b.bin"},
	{name: "chromium", needs: "python3", script: `$PROGRAM -c '
import os, sys, time
src, d = sys.argv[1:]
data = open(src, "rb").read()
f = os.open(d + "/.org.chromium.Chromium.x1Y2z3", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
os.write(f, data[:1000])
os.rename(d + "/.org.chromium.Chromium.x1Y2z3", d + "/Unconfirmed 4711.crdownload")
time.sleep(0.5)
os.rename(d + "/Unconfirmed 4711.crdownload", d + "/a.bin.crdownload")
os.write(f, data[1000:])
time.sleep(0.5)
os.close(f)
os.rename(d + "/a.bin.crdownload", d + "/a.bin")' $SRC/a.bin $IN`, want: "a.bin"},
	{name: "page", needs: "python3", script: `$PROGRAM -c '
import os, sys, time
src, d = sys.argv[1:]
os.close(os.open(d + "/a.bin", os.O_WRONLY | os.O_CREAT, 0o644))
with open(d + "/a.bin.crswap", "wb") as f:
    f.write(open(src, "rb").read())
    time.sleep(1)
os.rename(d + "/a.bin.crswap", d + "/a.bin")' $SRC/a.bin $IN`, want: "a.bin"},
}

func TestZooBrowser(t *testing.T) { t.Parallel(); zoo(t, browserClients, hasty) }

// TestZooBrowserForbid has nothing replaced: what was kept for a name would be all that ever has it.
func TestZooBrowserForbid(t *testing.T) {
	t.Parallel()
	zoo(t, browserClients, hasty, "INBOXFS_UPLOAD_OVERWRITE=forbid")
}
