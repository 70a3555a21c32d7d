package story

import "testing"

// movie makes the same file each time it is given the same arguments.
const movie = `ff() { "$PROGRAM" -nostdin -v error -f lavfi -i testsrc=d=4:s=320x240:r=25 -map_metadata -1 -fflags +bitexact -flags +bitexact -threads 1 "$@"; }
`

var mediaClients = []client{
	{name: "mp4", needs: "ffmpeg", script: movie + `for to in . $IN; do ff -c:v mpeg4 $to/a.mp4; done`, want: "a.mp4"},
	{name: "mp4-faststart", needs: "ffmpeg", script: movie +
		`for to in . $IN; do ff -c:v mpeg4 -movflags +faststart $to/a.mp4; done`, want: "a.mp4"},
	{name: "mp4-fragmented", needs: "ffmpeg", script: movie +
		`for to in . $IN; do ff -c:v mpeg4 -movflags +frag_keyframe+empty_moov $to/a.mp4; done`, want: "a.mp4"},
	{name: "mkv", needs: "ffmpeg", script: movie + `for to in . $IN; do ff -c:v mpeg4 $to/a.mkv; done`, want: "a.mkv"},
	{name: "webm", needs: "ffmpeg", script: movie + `for to in . $IN; do ff -c:v mpeg4 -f matroska $to/a.webm; done`,
		want: "a.webm"},
	{name: "ts", needs: "ffmpeg", script: movie + `for to in . $IN; do ff -c:v mpeg2video $to/a.ts; done`,
		want: "a.ts"},
	{name: "hls", needs: "ffmpeg", script: movie + `for to in . $IN; do
		ff -c:v mpeg2video -g 25 -f hls -hls_time 1 -hls_list_size 0 -hls_flags temp_file -hls_segment_filename $to/a%d.ts $to/a.m3u8; done`,
		want: "a.m3u8 a0.ts a1.ts a2.ts a3.ts"},
	{name: "segment", needs: "ffmpeg", script: movie + `for to in . $IN; do
		ff -c:v mpeg2video -g 25 -f segment -segment_time 1 -segment_list $to/a.csv $to/a%d.ts; done`,
		want: "a.csv a0.ts a1.ts a2.ts a3.ts"},
	{name: "dash", needs: "ffmpeg", script: movie +
		`for to in . $IN; do mkdir $to/d; ff -c:v mpeg4 -g 25 -seg_duration 1 -f dash $to/d/a.mpd; done`, want: "d/"},
	{name: "images", needs: "ffmpeg", script: movie + `for to in . $IN; do ff -frames:v 4 $to/f%d.png; done`,
		want: "f1.png f2.png f3.png f4.png"},
}

func TestZooMedia(t *testing.T) { t.Parallel(); zoo(t, mediaClients, patient) }
