package names

import (
	"strings"
	"testing"
)

func defaults(tb testing.TB) *Rules {
	tb.Helper()
	r, err := Compile(DefaultIgnore, DefaultWait)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// defaultNames lists, for every default pattern, names it must take; Pattern is not compared because several can.
var defaultNames = []struct {
	class Class
	names []string
}{
	{Ignored, []string{
		".DS_Store", ".ds_store", "._clip.mp4", "._", ".AppleDouble/", ".Spotlight-V100/a", ".Trash/", ".Trashes/501/a",
		".Trash-1000/",
		".fseventsd/0001", ".TemporaryItems/folders.501/x.mp4", ".DocumentRevisions-V100/db", ".apdisk", "Icon\r",
		"ICON\r",
		"Thumbs.db", "thumbs.db", "THUMBS.DB", "ehthumbs.db", "desktop.ini", "Desktop.ini", "$RECYCLE.BIN/",
		"$Recycle.Bin/x",
		"System Volume Information/IndexerVolumeGuid", "card/@eaDir/clip.mp4/SYNOVIDEO_VIDEO_SCREENSHOT.jpg",
		"#recycle/clip.mp4",
		".directory", ".fuse_hidden0000002a00000001", ".nfs000000000123", "lost+found/#12", ".go-fuse-epoll-hack",
		"~$report.docx", ".~lock.report.odt#", ".f.swp", ".clip.mp4.swo", ".#notes.txt", "#notes.txt#",
		".Trash-1000/files/clip.mp4", "a/.AppleDouble/clip.mp4", "$RECYCLE.BIN/S-1-5-21/x.mp4", "clips/.DS_Store",
		"take1.part/.DS_Store", ".git/Thumbs.db",
		"Network Trash Folder/a.mp4", "Temporary Items/a.mp4", "Thumbs.db:encryptable", "ehthumbs_vista.db",
		"Picasa.ini", "picasa.ini",
		"RECYCLER/S-1-5/a.mp4", "Recycled/a.mp4", "WPSettings.dat", "IndexerVolumeGuid", "clip.mp4:Zone.Identifier",
		"clip.mp4:Zone.Identifier:$DATA",
		"LOST.DIR/123", "DCIM/.thumbnails/1.jpg", "#snapshot/a.mp4", "@Recycle/a.mp4", "@Recently-Snapshot/a.mp4",
		".@__thumb/s100a.jpg",
		"~film~x1y2.idlk", "Film.prlock", "_gsdata_/_file_state._gs", "a/_gsdata_/_saved_/a.mp4", ".sync.ffs_db",
		"sync.ffs_db",
	}},
	{Waiting, []string{
		".hidden", ".hidden.mp4", ".git/config", "a/.cache/b/c.mp4", "a/.work/", "#x#/.hidden",
		"clip.mp4.part", "clip.mp4.PART", "clip.mkv.partial", "clip.mkv.filepart", "Unconfirmed 123.crdownload",
		"ffmpeg2pass-0.log", "ffmpeg2pass-0.log.mbtree", "x264_2pass.log", "x265_2pass.log.cutree", "divx2pass.log",
		"divx2pass.log.mbtree", "clip.mp4.crswap",
		"clip.mp4.download", "clip.mp4.opdownload", "clip.!ut", "clip.mp4.aria2", "clip.mp4.aria2__temp",
		"clip.tmp", "~WRD0001.TMP", "index.m3u8.tmp", "clip.temp", "clip.mp4~", "clip.mkv.partial~", "~",
		".goutputstream-AB12CD", ".xdp-clip.mp4-x1Y2z3", "ziAb12Cd", "sedAb12Cd", "sedQQQQQQ",
		".clip.mp4.x1Y2z3", ".rsync-partial/clip.mp4", ".~tmp~/clip.mp4", "a/.~tmp~/clip.mp4",
		".syncthing.clip.mp4.tmp",
		"Clip.download/Clip.mov", "a.part/clip.mp4.part",
		"a.mp4.incomplete", "a.mp4.fdmdownload", "a.mp4.wkdownload", "a.mp4.baiduyun.p.downloading",
		"a.mp4.downloading", "a.mp4.xltd",
		"a.mp4.td", "a.mp4.td.cfg", "a.mp4.!qB", "a.mp4.bc!", "a.mp4.!sync", "a.mp4.bts", "a.iso.st",
		"a.iso.lftp-pget-status",
		"Film [x1Y2z3].f137.mp4", "Film.f137-1.mp4", "Film.f251.webm", "Film.f251-drc.webm", "Film.f140.m4a",
		"Film.f140-1.m4a", "Film.fhls-720.mp4",
		"Film.fdash-video=1.mp4", "Film.temp.mp4", "Film.temp.mkv", "Film.temp.webm", "Film.temp.m4a", "Film.temp.mp3",
		"Film.temp.opus", "Film.mp4.part-Frag12", "Film.mp4.part-Frag12.part", "Film.mp4.ytdl",
		"a.mp4.ffs_tmp", "a.mp4_.gstmp", "a.jpg_exiftool_tmp",
		"notes.txt.sb-1a2b3c4d-Ab12xY", "notes.rtfd.sb-1a2b3c4d-Ab12xY/TXT.rtf",
		"a/(A Document Being Saved By Preview 2)/still.png",
	}},
	{Final, []string{
		"Film.f18.mp4", "Interview.f50.mp4", "Film.temperature.mp4", "test.stl", "a.tdl", "Recycle/a.mp4", "Recycler",
		"a:b.mp4",
		"clip.mp4", "a/b/c/clip.mp4", "zip_guide.mp4", "sedan.mp4", "sedan", "size.mov", "part", "a.part.mp4",
		"download",
		"downloads/clip.mp4", "tmp", "tmp/clip.mp4", "temp.mp4", "partial", "a.tmp.mp4", "zi", "zip1.mp4", "ziAb12C",
		"ziAb12Cde",
		"ZIMBABWE", "Sediments", "sediments", "zimbabwe", "zipfiles", "zip12345", "sed123456", "sedatives", "zi_b12Cd",
		"sedAb12C", "sedAb12Cde", "sed_b12Cd", "Icon", "Icons\r", "Icon\r\n", "Thumbs.db.mp4", "my Thumbs.db",
		"desktop.ini.bak", "lost+founds", "#1 hit.mp4", "hit #1#.mp4", "#", "~a", "$report.docx", "file.swp",
		"x.nfs001", "a~b",
		"Clip.part1.rar", "clip.aria", "DS_Store", "Trash/clip.mp4", "RECYCLE.BIN/x", "", "/", "日本語/動画.mp4",
		"\xff\xfe.mp4",
		"rsync-partial/x", "a b.mp4", "new\nline.mp4", "a.sb-1", "a.sb-1a2b3c4d-Ab12xYZ",
		"(A Document Being Saved By hand).txt",
		// people's folders, named as some program names its files
		"#世界杯#/final.mp4", "新年快乐~/01.mp4", "take1.part/a.mp4", "album.part/01.mp4", "a/b.tmp/c/d.mp4", "a.temp/x",
		"a.crdownload/x",
		"ziAb12Cd/x", "sedAb12Cd/x", "~$a/x", "x.aria2/y", "Thumbs.db/x", "desktop.ini/x", "#世界杯#/", "$RECYCLE.BIN",
		"lost+found",
	}},
}

func TestDefaultNames(t *testing.T) {
	t.Parallel()
	r := defaults(t)
	for _, c := range defaultNames {
		for _, name := range c.names {
			if got := r.Class(name); got != c.class {
				t.Errorf("Class(%q) = %v, want %v (pattern %q)", name, got, c.class, r.Pattern(name))
			}
		}
	}
}

// Each default pattern must be needed by, or at least able to take, one of the names above by itself.
func TestDefaultPatternsAllTested(t *testing.T) {
	t.Parallel()
	for _, list := range [][]string{DefaultIgnore, DefaultWait} {
		seen := map[string]bool{}
		for _, text := range list {
			if seen[text] {
				t.Errorf("pattern %q stands in its list twice", text)
			}
			seen[text] = true
			one, err := Compile(nil, []string{text})
			if err != nil {
				t.Fatal(err)
			}
			taken := ""
			for _, c := range defaultNames {
				for _, name := range c.names {
					if one.Class(name) == Waiting {
						taken = name
						if c.class == Final {
							t.Errorf("pattern %q takes the final name %q", text, name)
						}
					}
				}
			}
			if taken == "" {
				t.Errorf("no name in this test is taken by pattern %q", text)
			}
		}
	}
}

// Hidden names can be let through, and what rsync and its like write must still wait.
func TestDefaultsWithoutHidden(t *testing.T) {
	t.Parallel()
	if DefaultWait[0] != ".*" || DefaultWait[1] != ".*/" {
		t.Fatalf("the first wait patterns are %q", DefaultWait[:2])
	}
	r, err := Compile(DefaultIgnore, DefaultWait[2:])
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]Class{
		".profile.mp4": Final, ".a.bcdefg.mp4": Final, ".rsync-partial": Final, ".git/config": Final,
		".clip.mp4.x1Y2z3": Waiting, ".~tmp~/clip.mp4": Waiting, ".rsync-partial/clip.mp4": Waiting,
		".goutputstream-AB12CD": Waiting, ".syncthing.clip.mp4.tmp": Waiting, ".DS_Store": Ignored,
	} {
		if got := r.Class(name); got != want {
			t.Errorf("Class(%q) = %v, want %v (pattern %q)", name, got, want, r.Pattern(name))
		}
	}
}

func TestIgnoredWinsOverWaiting(t *testing.T) {
	t.Parallel()
	r, err := Compile([]string{"*.junk", "*.junk/"}, []string{"*.part", "*.part/", "both.*"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"a.part/b.junk": "*.junk",
		"b.junk/a.part": "*.junk/",
		"both.junk":     "*.junk",
		"a.part/x":      "*.part/",
		"both.x/x":      "",
		"x":             "",
	} {
		if got := r.Pattern(name); got != want {
			t.Errorf("Pattern(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	_, err := Compile([]string{"ok", "", "[a", "a/b"}, []string{`a\`, "[!a]", "(?i)", "/", "[]", `\[!ok`})
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	want := []string{`ignore pattern ""`, `ignore pattern "[a"`, `ignore pattern "a/b"`, `wait pattern "a\\"`,
		`wait pattern "[!a]"`,
		`wait pattern "(?i)"`, `wait pattern "/"`, `wait pattern "[]"`}
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d:\n%v", len(lines), len(want), err)
	}
	for i, w := range want {
		if !strings.HasPrefix(lines[i], w) {
			t.Errorf("line %d is %q, want it to begin with %q", i, lines[i], w)
		}
	}
}

func TestClassString(t *testing.T) {
	t.Parallel()
	for c, want := range map[Class]string{Final: "final", Waiting: "waiting", Ignored: "ignored", 9: "Class(9)"} {
		if got := c.String(); got != want {
			t.Errorf("%d is %q, want %q", uint8(c), got, want)
		}
	}
}
