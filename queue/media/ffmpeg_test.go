package media

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// recipes is recordings that ffmpeg makes, as it does for its users: the name and the arguments.
var recipes = [][2]string{
	{"a.mp4", "-c:v mpeg4 -c:a aac"},
	{"faststart.mp4", "-c:v mpeg4 -c:a aac -movflags +faststart"},
	{"fragments.mp4", "-c:v mpeg4 -c:a aac -movflags frag_keyframe+empty_moov"},
	{"cmaf.mp4", "-c:v mpeg4 -c:a aac -movflags cmaf"},
	{"separate.mp4", "-c:v mpeg4 -c:a aac -movflags frag_keyframe+empty_moov+separate_moof+skip_trailer"},
	{"pipe.mp4", "-c:v mpeg4 -c:a aac -movflags frag_keyframe+empty_moov -f mp4 pipe:1"},
	{"a.mov", "-c:v mpeg4 -c:a aac"},
	{"a.m4a", "-vn -c:a aac"},
	{"a.3gp", "-c:v mpeg4 -c:a aac"},
	{"a.mkv", "-c:v mpeg4 -c:a aac"},
	{"pipe.mkv", "-c:v mpeg4 -c:a aac -f matroska pipe:1"},
	{"a.webm", "-c:v libvpx -deadline realtime -vn -c:a libopus"},
	{"pipe.webm", "-vn -c:a libopus -f webm pipe:1"},
	{"a.ts", "-c:v mpeg2video -c:a mp2"},
	{"a.m2ts", "-c:v mpeg2video -c:a mp2 -mpegts_m2ts_mode 1"},
	{"hls.m3u8", "-c:v mpeg4 -c:a aac -f hls -hls_segment_type fmp4 -hls_time 1"}, // hls0.m4s and init.mp4
}

// TestWhatFFmpegMakes holds the look against a program that was not written by who wrote the look.
func TestWhatFFmpegMakes(t *testing.T) {
	t.Parallel()
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("THE LOOK IS NOT HELD AGAINST REAL FILES: ffmpeg is missing; install it")
	}
	dir := t.TempDir()
	for _, r := range recipes {
		args := strings.Fields("-hide_banner -loglevel error -nostdin -y -f lavfi -i testsrc=size=176x144:rate=25 -f lavfi -i sine -t 2 " + r[1])
		piped := args[len(args)-1] == "pipe:1"
		if !piped {
			args = append(args, r[0])
		}
		c := exec.Command(ffmpeg, args...)
		var words strings.Builder
		c.Dir, c.Stderr = dir, &words
		if piped {
			f, err := os.Create(filepath.Join(dir, r[0]))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			c.Stdout = f
		}
		if err := c.Run(); err != nil {
			if strings.Contains(words.String(), "Unknown encoder") {
				t.Logf("NOT HELD AGAINST %s: %s", r[0], words.String())
				continue
			}
			t.Fatalf("%s: %v: %s", r[0], err, words.String())
		}
	}
	made, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range made {
		content, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if cut := check(t, content); cut != "" {
			t.Errorf("%s is whole, and is held: %s", f.Name(), cut)
		}
		cutEverywhere(t, f.Name(), content)
	}
}

// cutEverywhere cuts a file as copies are cut.
func cutEverywhere(t *testing.T, name string, content []byte) {
	n := len(content)
	for what, at := range map[string]int{"1 %": n / 100, "50 %": n / 2, "99 %": n * 99 / 100, "the last byte": n - 1} {
		p, packed := map[string]packing{".ts": plain, ".m2ts": m2ts}[filepath.Ext(name)]
		blind := at < 8 || filepath.Ext(name) == ".m3u8" || packed && (int64(at) < 10*p.size || int64(at)%p.size <= p.sync)
		if cut := check(t, content[:at]); cut == "" && !blind {
			t.Errorf("%s cut at %s (%d of %d bytes) passes", name, what, at, n)
		}
	}
}
