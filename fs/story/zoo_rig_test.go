package story

import (
	"context"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// client is one program, or one way to use it, that drops files. Its script runs in an empty folder of its own, with
//
//	$IN       a folder of its own in the inbox
//	$SRC      what there is to be dropped, see sources
//	$URL      the same over HTTP
//	$KEYS     types at a program in a terminal, see testdata/keys.py
//	$PROGRAM  the first program it needs
//
// and must succeed. Then the bucket must have what is in want, made once each, and nothing else.
type client struct {
	name   string
	needs  string // programs; a|b is the one or the other
	script string

	// want is what must arrive: KEY or KEY=FILE, separated by blanks. KEY is below $IN; FILE, if it is not KEY, is in
	// the script's folder or in $SRC. With a slash at its end it stands for all that is in the folder and not hidden.
	want string

	made int // objects that each key makes, if not one: where the script waits for an upload in between
}

// Settle times. The hasty one is far stricter than the default: a program that writes its file in one go leaves no gap
// that is as long. patient is the default; programs that come back to a file need it, as they do in real life.
const (
	hasty   = "INBOXFS_INBOX_SETTLE=200ms"
	patient = "INBOXFS_INBOX_SETTLE=2s"
	relayed = "INBOXFS_INBOX_RELAY_SETTLE=500ms" // instead of 10 s
)

// zoo lets clients loose on a mount of their own.
func zoo(t *testing.T, clients []client, env ...string) {
	t.Helper()
	begin(t, append([]string{"INBOXFS_INBOX_WRITER_WAIT=5m"}, env...)...).zoo(t, clients)
}

// zoo runs the clients, a few at once, and in the end looks at all that the endpoint was asked for.
func (s *story) zoo(t *testing.T, clients []client) {
	t.Helper()
	src := filepath.Join(s.dir, "src")
	s.sh(sources)
	web := httptest.NewServer(http.FileServer(http.Dir(src)))
	t.Cleanup(web.Close)
	keys, err := filepath.Abs("testdata/keys.py")
	if err != nil {
		t.Fatal(err)
	}
	// the system's programs, and not what an administrator put before them
	path := "PATH=/usr/bin:/bin:/usr/sbin:" + os.Getenv("PATH")
	s.env = append(s.env, path, "SRC="+src, "URL="+web.URL, "KEYS="+keys, "LC_ALL=C.UTF-8", "TERM=xterm",
		"QT_QPA_PLATFORM=offscreen",
		"XDG_RUNTIME_DIR="+s.dir)

	var mu sync.Mutex
	want := map[string]wanted{} // by key
	t.Run("client", func(t *testing.T) {
		for _, c := range clients {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				program := needPrograms(t, c.needs)
				c.run(t, s, program)
				files := c.files(t, src, filepath.Join(s.dir, "work", c.name))
				if len(files) == 0 {
					t.Error("nothing is wanted of it")
				}
				mu.Lock()
				defer mu.Unlock()
				for key, file := range files {
					want[key] = wanted{file: file, made: max(1, c.made)}
				}
			})
		}
	})
	if said, err := s.try("echo wait > $MNT/control || cat $MNT/control $MNT/list; exit 0"); err != nil || said != "" {
		t.Errorf("waiting for the uploads: %v %s", err, clip(said)) // the list has who is not well
	}
	if t.Failed() {
		t.Logf("the inbox has\n%s", clip(s.sh("find $MNT/inbox -type f -not -path '*/.*'; cat $MNT/list")))
	}
	made := creations(s)
	for key, w := range want {
		if made[key] != w.made {
			t.Errorf("%s was made %d times, want %d", key, made[key], w.made)
		}
		if made[key] > 0 {
			s.arrived(key, w.file)
		}
		delete(made, key)
	}
	for key := range made {
		t.Errorf("%s was uploaded", key) // also by a client that failed above
	}
	if n := len(s.server.Uploads()); n != 0 {
		t.Errorf("%d multipart uploads are left", n)
	}
}

// wanted is an object, and how often it is made.
type wanted struct {
	file string
	made int
}

// creations counts the objects that were made, by key.
func creations(s *story) map[string]int {
	made := map[string]int{}
	for _, r := range s.server.Requests() {
		if (r.Action == "PutObject" || r.Action == "CompleteMultipartUpload") && r.Status == 200 {
			made[r.Key]++
		}
	}
	return made
}

// sources makes $SRC: a.bin and b.bin differ, big.bin goes in parts, hole.bin begins, goes on and ends with a hole.
const sources = `mkdir -p src/tree/sub/deep src/tree/sub2 && cd src
head -c 3000001 /dev/urandom > a.bin; head -c 2000003 /dev/urandom > b.bin; head -c 9437189 /dev/urandom > big.bin
truncate -s 4M hole.bin; printf data | dd of=hole.bin bs=1 seek=1500000 conv=notrunc status=none
for i in 1 2 3 4 5; do head -c 70000 /dev/urandom > tree/f$i.bin; head -c 30000 /dev/urandom > tree/sub/g$i.bin; done
: > tree/empty; echo deep > "tree/sub/deep/a b.txt"; echo ü > tree/sub2/ü.txt; seq 1 2000 > notes.txt
touch -d "2024-05-17 12:34:56.123456789" a.bin tree/f1.bin`

func (c client) run(t *testing.T, s *story, program string) {
	t.Helper()
	work, in := filepath.Join(s.dir, "work", c.name), filepath.Join(s.mnt, "inbox", c.name)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sh := exec.CommandContext(ctx, "bash", "-c", `set -eu -o pipefail; mkdir -p "$IN" "$WORK"; cd "$WORK"; `+c.script)
	sh.Env = append(s.env[:len(s.env):len(s.env)], "IN="+in, "WORK="+work, "PROGRAM="+program)
	sh.Dir, sh.WaitDelay = s.dir, time.Second
	if out, err := sh.CombinedOutput(); err != nil {
		t.Fatalf("%s\n%v\n%s", c.script, err, clip(string(out)))
	}
}

// files is what is wanted of a client that has ended: files by key.
func (c client) files(t *testing.T, src, work string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for want := range strings.FieldsSeq(c.want) {
		key, file, named := strings.Cut(want, "=")
		if !named {
			file = key
		}
		from := filepath.Join(work, file)
		if _, err := os.Stat(from); err != nil {
			from = filepath.Join(src, file)
		}
		if !strings.HasSuffix(file, "/") {
			files[c.name+"/"+key] = from
			continue
		}
		err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			switch hidden := strings.HasPrefix(d.Name(), "."); {
			case d.IsDir() && hidden && path != from:
				return filepath.SkipDir
			case d.Type().IsRegular() && !hidden:
				rel, err := filepath.Rel(from, path)
				if err != nil {
					return err
				}
				files[c.name+"/"+key+rel] = path
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}
