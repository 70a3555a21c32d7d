package media

import (
	"bytes"
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
	{"x264.mp4", "-c:v libx264 -c:a libmp3lame"},
	{"bframes.mov", "-c:v libx264 -bf 3 -c:a pcm_s16le"},
	{"x265.mp4", "-c:v libx265 -preset ultrafast -tag:v hvc1 -c:a aac"},
	{"alac.m4a", "-vn -c:a alac"},
	{"flac.mp4", "-vn -strict -2 -c:a flac"},
	{"opus.mp4", "-vn -c:a libopus"},
	{"prores.mov", "-c:v prores -c:a pcm_s24le"},
	{"prores_faststart.mov", "-c:v prores -c:a pcm_s16be -movflags +faststart"},
	{"mjpeg.mov", "-c:v mjpeg -c:a pcm_s16be"},
	{"raw.mov", "-c:v rawvideo -pix_fmt uyvy422 -c:a pcm_s16le"},
	{"timecode.mov", "-c:v mpeg4 -c:a aac -timecode 01:00:00:00"},
	{"rtphint.mp4", "-c:v mpeg4 -c:a aac -movflags rtphint"},
	{"delayed.mp4", "-c:v mpeg4 -c:a aac -movflags frag_keyframe+delay_moov"},
	{"dash.mp4", "-c:v mpeg4 -c:a aac -movflags dash+frag_keyframe"},
	{"global_sidx.mp4", "-c:v mpeg4 -c:a aac -movflags frag_keyframe+global_sidx+empty_moov"},
	{"every_frame.mp4", "-c:v mpeg4 -c:a aac -movflags frag_every_frame+empty_moov"},
	{"first_moov.mp4", "-c:v mpeg4 -c:a aac -movflags frag_keyframe"},
	{"reserved.mp4", "-c:v mpeg4 -c:a aac -moov_size 100000"},
	{"a.ismv", "-c:v mpeg4 -c:a aac"},
	{"a.f4v", "-c:v libx264 -c:a aac"},
	{"a.3g2", "-c:v mpeg4 -c:a aac"},
	{"a.psp", "-c:v libx264 -ar 48000 -c:a aac -f psp"},
	{"silent.mp4", "-an -c:v mpeg4"},
	{"live.mkv", "-c:v mpeg4 -c:a aac -live 1"},
	{"cues_first.mkv", "-c:v mpeg4 -c:a aac -cues_to_front 1"},
	{"index.mkv", "-c:v mpeg4 -c:a aac -reserve_index_space 4096"},
	{"small_clusters.mkv", "-c:v mpeg4 -c:a aac -cluster_time_limit 100"},
	{"flac.mka", "-vn -c:a flac"},
	{"vp9.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus"},
	{"dash.webm", "-vn -c:a libopus -dash 1"},
	{"x264.ts", "-c:v libx264 -c:a aac"},
	{"dvb.ts", "-c:v mpeg2video -c:a mp2 -muxrate 4M"},
	{"a.ts", "-c:v mpeg2video -c:a mp2"},
	{"a.m2ts", "-c:v mpeg2video -c:a mp2 -mpegts_m2ts_mode 1"},
	{"hls.m3u8", "-c:v mpeg4 -c:a aac -f hls -hls_segment_type fmp4 -hls_time 1"}, // hls0.m4s and init.mp4
}

// TestWhatFFmpegMakes holds the look against a program that was not written by who wrote the look.
func TestWhatFFmpegMakes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("THE LOOK IS NOT HELD AGAINST REAL FILES: ffmpeg is missing; install it")
	}
	dir := t.TempDir()
	for _, r := range recipes {
		args := strings.Fields("-hide_banner -loglevel error -nostdin -y -f lavfi -i testsrc=size=176x144:rate=25 -f " +
			"lavfi -i sine -ac 2 -t 1 " + r[1])
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
	merge(t, dir)
	kinds := 0
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
		overrun(t, f.Name(), content)
		kinds++
	}
	t.Logf("%d kinds of files", kinds)
}

// overrun puts behind a film boxes that need more than there is: all samples are there.
func overrun(t *testing.T, name string, content []byte) {
	if !bytes.Equal(content[4:8], []byte("ftyp")) || bytes.Contains(content, []byte("mfra")) || name == "init.mp4" {
		return
	}
	for _, box := range []string{"free", "uuid", "mdat"} {
		if box == "mdat" && bytes.Contains(content, []byte("moof")) {
			continue // of fragments it is the next one
		}
		if cut := check(t, join(content, sized(box, 9999), make([]byte, 99))); cut != "" {
			t.Errorf("%s is whole, and a box %q behind it is not: %s", name, box, cut)
		}
	}
}

// merges is what mkvmerge makes of one of these, which is the last word.
var merges = [][2]string{
	{"merged.mkv", "a.mkv"},
	{"of_mp4.mkv", "x264.mp4"},
	{"of_ts.mkv", "a.ts"},
	{"no_cues.mkv", "--no-cues a.mkv"},
	{"no_meta_seek.mkv", "--clusters-in-meta-seek a.mkv"},
	{"short_clusters.mkv", "--cluster-length 100ms a.mkv"},
	{"no_lacing.mkv", "--disable-lacing a.mkv"},
	{"merged.webm", "--webm vp9.webm"},
	{"split.mkv", "--split duration:0.5s x264.mp4"},
	{"crc.mkv", "--engage no_simpleblocks a.mkv"},
	{"sound.mka", "-D a.mkv"},
}

// merge runs mkvmerge in the folder of what ffmpeg made.
func merge(t *testing.T, dir string) {
	mkvmerge, err := exec.LookPath("mkvmerge")
	if err != nil {
		t.Log("NOT HELD AGAINST mkvmerge, which is missing: install mkvtoolnix")
		return
	}
	for _, m := range merges {
		c := exec.Command(mkvmerge, append([]string{"-q", "-o", m[0]}, strings.Fields(m[1])...)...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil && c.ProcessState.ExitCode() != 1 { // 1 is a warning
			t.Errorf("%s: %v: %s", m[0], err, out)
		}
	}
}

// cutEverywhere cuts a file as copies are cut.
func cutEverywhere(t *testing.T, name string, content []byte) {
	n := len(content)
	for what, at := range map[string]int{"1 %": n / 100, "50 %": n / 2, "99 %": n * 99 / 100, "the last byte": n - 1} {
		p, packed := map[string]packing{".ts": plain, ".m2ts": m2ts}[filepath.Ext(name)]
		blind := at < 8 || filepath.Ext(name) == ".m3u8" || packed &&
			(int64(at) < 10*p.size || int64(at)%p.size <= p.sync)
		if cut := check(t, content[:at]); cut == "" && !blind {
			t.Errorf("%s cut at %s (%d of %d bytes) passes", name, what, at, n)
		}
	}
}
