package oss

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
)

// A listing that lies comes to an end, and no part counts of which journal and server or file do not agree.
func TestLyingListings(t *testing.T) {
	t.Parallel()
	row := func(number int, size int64, etag string) string {
		return fmt.Sprintf("<Part><PartNumber>%d</PartNumber><Size>%d</Size><ETag>%s</ETag></Part>", number, size, etag)
	}
	page := func(rows string, next string) string {
		return "<ListPartsResult><IsTruncated>" + fmt.Sprint(next != "") + "</IsTruncated><NextPartNumberMarker>" +
			next + "</NextPartNumberMarker>" + rows + "</ListPartsResult>"
	}
	for name, c := range map[string]struct {
		list func(after int) string
		ok   bool // the upload goes on and succeeds
	}{
		"parts that were never sent": {func(int) string { return page(row(2, part, "X")+row(3, part, "Y"), "") }, true},
		"parts of other sizes":       {func(int) string { return page(row(1, 5, "X")+row(2, 1<<40, "Y"), "") }, true},
		"parts beyond the file": {func(int) string { return page(row(9, part, "X")+row(10_000, part, "Y"), "") },
			true},
		"part zero":         {func(int) string { return page(row(0, part, "X"), "") }, false},
		"a part below zero": {func(int) string { return page(row(-1, part, "X"), "") }, false},
		"part 10,001":       {func(int) string { return page(row(10_001, part, "X"), "") }, false},
		"one part ever again": {func(int) string { return page(strings.Repeat(row(1, part, "X"), 1000), "") },
			false},
		"one page ever again": {func(int) string { return page(row(1, part, "X"), "1") }, false},
		"empty pages":         {func(after int) string { return page("", fmt.Sprint(after+1)) }, false},
		"pages backwards":     {func(int) string { return page(row(5, part, "X"), "4") }, false},
		"no marker":           {func(int) string { return page(row(5, part, "X"), "x") }, false},
		"huge marker": {func(int) string { return page(row(5, part, "X"), "99999999999999999999999") },
			false},
		"a service error": {func(int) string { return "<Error><Code>AccessDenied</Code></Error>" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var lists atomic.Int32
			b := between(t, func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
				if r.Method != http.MethodGet || !r.URL.Query().Has("uploadId") {
					honest.ServeHTTP(w, r)
					return
				}
				lists.Add(1)
				after := 0
				_, _ = fmt.Sscan(r.URL.Query().Get("part-number-marker"), &after) // 0 where there is none
				w.Header().Set("x-oss-request-id", "R1")
				_, _ = io.WriteString(w, c.list(after)) // the client says what came of it
			})
			job, data := file(t, 4*part)
			id, err := b.remote.Initiate(t.Context(), upload.Target{Bucket: bucket, Key: job.Name})
			if err != nil {
				t.Fatal(err)
			}
			job.Resume = &transfer.Multipart{Bucket: bucket, Key: job.Name, UploadID: id, PartSize: part}
			res, err := b.uploader().Upload(t.Context(), job, &watcher{})
			if n := lists.Load(); n > 10 {
				t.Errorf("asked %d times", n)
			}
			if !c.ok {
				as(t, err, transfer.Resumable, "NetworkError")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b.stored(t, res.Key), data) {
				t.Error("the object is not the file")
			}
		})
	}
	t.Run("uploads without end", func(t *testing.T) {
		t.Parallel()
		var lists atomic.Int32
		remote := handler(t, func(w http.ResponseWriter, r *http.Request) {
			n := lists.Add(1)
			w.Header().Set("x-oss-request-id", "R1")
			_, _ = fmt.Fprintf(w,
				"<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>%d</NextUploadIdMarker>"+
					"</ListMultipartUploadsResult>", n%2) // the client says what came of it
		}, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if _, _, err := remote.ListUploads(ctx, object); err != nil {
			t.Error(err)
		}
		if n := lists.Load(); n > 200 {
			t.Errorf("asked %d times", n)
		}
	})
}
