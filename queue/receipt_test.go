package queue

import (
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"inboxfs/queue/list"
)

func TestReceiptComesBack(t *testing.T) {
	t.Parallel()
	for _, want := range []target{
		{},
		{bucket: "b", key: "clips/ä\x00.mp4", etag: `"E"`, requestID: "R", crc64: 1<<63 + 7, hasCRC: true,
			retries: 300},
		{videoID: "v", key: strings.Repeat("k", 1023)},
		{hasCRC: true},
		{bucket: "abcd", key: "ABCD", etag: "D41D8CD98F00B204E9800998ECF8427E", requestID: "5c3d9175B6FC201293AD4890",
			hasCRC: true, crc64: 5},
		{etag: "D41D8CD98F00B204E9800998ECF8427E-12", requestID: "ABC"},
	} {
		e := &entry{Item: list.NewItem[*entry](1, 1, list.Success, 0), target: &want}
		new(Queue).packLocked(e)
		if got := e.aimed(); e.target != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%+v comes back as %+v", want, *got)
		}
	}
	if size := len((&target{etag: "D41D8CD98F00B204E9800998ECF8427E", requestID: "5C3D9175B6FC201293AD4890",
		hasCRC: true}).receipt()); size > 43 {
		t.Errorf("what is in most receipts takes %d bytes", size)
	}
	if size := unsafe.Sizeof(entry{}); size > 288 { // what Go allocates in one piece
		t.Errorf("an entry takes %d bytes; a million of them are a row of queue/upload/BENCHMARKS.md", size)
	}
	e := &entry{Item: list.NewItem[*entry](1, 1, list.Ready, 0), target: &target{key: "k"}}
	if new(Queue).packLocked(e); e.target == nil || e.aimed() != e.target {
		t.Error("an entry that is to be uploaded was packed")
	}
}
