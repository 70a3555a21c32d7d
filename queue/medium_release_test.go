package queue

import (
	"strings"
	"testing"

	"inboxfs/queue/list"
)

// TestMediumReleased has what waits go with what there is.
func TestMediumReleased(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r, v := mediumRig(t)
	r.drop("film0.ts", "0")
	r.says("film0.ts", "looks like a segment")
	r.drop("live.m3u8", hlsList(false, "film0.ts", "film1.ts"))
	r.says("live.m3u8", "no #EXT-X-ENDLIST")
	if err := r.DoFile(t.Context(), Release, r.find("film0.ts")); err == nil {
		t.Error("a segment was released without its playlist")
	}
	r.do(Release, "live.m3u8")
	video := v.whole(r, "live.m3u8", map[string]string{"film0.ts": "0"})
	r.drop("alone7.ts", "7")
	r.says("alone7.ts", "looks like a segment")
	r.do(Release, "alone7.ts")
	if info := r.state("alone7.ts", list.Success); info.VideoID == video || v.made != 2 {
		t.Errorf("it is in %s of %d", info.VideoID, v.made)
	}
	r.sound()
}

// TestMediumRefused drops playlists that cannot be one video.
func TestMediumRefused(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r, v := mediumRig(t)
	r.drop("master.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n")
	held := func(name, code, words string) {
		t.Helper()
		if info := r.state(name, list.Held); info.Error != code || !strings.Contains(info.Message+"; "+info.Hint,
			words) {
			t.Errorf("it does not say %s, %q: %+v", code, words, info)
		}
	}
	held("master.m3u8", codeList, "(a master playlist); "+masterHint)
	r.drop("a/out.m3u8", hlsList(true, "../film0.ts"))
	held("a/out.m3u8", codeList, "not below its folder")
	r.drop("one.m3u8", hlsList(true, "s0.ts", "s1.ts"))
	r.says("one.m3u8", "waits for 2")
	r.drop("two.m3u8", hlsList(true, "s1.ts", "s2.ts"))
	held("two.m3u8", codeInUse, `"s1.ts", which it names, goes with "one.m3u8"`)
	r.drop("s2.ts", "2")
	r.drop("s0.ts", "0")
	r.drop("s1.ts", "1")
	r.state("one.m3u8", list.Success)
	r.do(Release, "two.m3u8")
	video := r.state("two.m3u8", list.Success).VideoID
	if wrong := v.complete(video, map[string]string{"s2.ts": "2"}); len(wrong) > 0 || v.made != 2 {
		t.Errorf("%d videos, %v", v.made, wrong)
	}
	r.sound()
}
