package verdict_test

import (
	"slices"
	"strings"
	"testing"

	"inboxfs/queue"
	"inboxfs/queue/list"
	"inboxfs/queue/ossdev"
	"inboxfs/queue/transfer"
	"inboxfs/queue/verdict"
)

// Requests that codes can be the answer to. Those that take an upload up again come last.
var (
	ossActions = []string{"PutObject", "InitiateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "ListParts"}
	vodActions = []string{"CreateUploadVideo", "CreateUploadImage", "CreateUploadAttachedMedia", "RefreshUploadVideo"}
)

// only has the codes that are no answer to everything: what they are about, the request has not.
var only = map[string][]string{
	"NoSuchUpload":      {"UploadPart", "CompleteMultipartUpload", "ListParts"},
	"InvalidPart":       {"CompleteMultipartUpload"},
	"FilePartNotExist":  {"CompleteMultipartUpload"},
	"FilePartStale":     {"CompleteMultipartUpload"},
	"FilePartInterity":  {"CompleteMultipartUpload"},
	"InvalidPartOrder":  {"CompleteMultipartUpload"},
	"EntityTooSmall":    {"CompleteMultipartUpload"},
	"MalformedXML":      {"CompleteMultipartUpload"},
	"FileAlreadyExists": {"PutObject", "InitiateMultipartUpload", "CompleteMultipartUpload"},
	"FileImmutable":     {"PutObject", "InitiateMultipartUpload", "CompleteMultipartUpload"},
	"EntityTooLarge":    {"PutObject", "UploadPart", "CompleteMultipartUpload"},
	// who may not list goes on without
	"AccessDenied":         {"PutObject", "InitiateMultipartUpload", "UploadPart", "CompleteMultipartUpload"},
	"KmsServiceNotEnabled": {"PutObject", "InitiateMultipartUpload"},
	"InvalidTag":           {"PutObject", "InitiateMultipartUpload"},

	"InvalidEncryptionAlgorithmError": {"PutObject", "InitiateMultipartUpload"},

	"InvalidVideo.NotFound":           {"RefreshUploadVideo"},
	"InvalidVideo.Damaged":            {"RefreshUploadVideo"},
	"AddVideoFailed":                  {"CreateUploadVideo"},
	"InvalidTemplateGroupId.NotFound": {"CreateUploadVideo"},
	"InvalidFileName.Extension":       {"CreateUploadVideo", "CreateUploadAttachedMedia"},

	// The SDKs' own name for an UploadAuth whose time is over: no service answers with it.
	"UploadTokenExpired": {},
}

// also has the codes of OSS with which the RPC services answer, too.
var also = []string{"InternalError", "ServiceUnavailable", "SignatureDoesNotMatch"}

// silent are those that are no outage to the user: what is lost is sent again at once.
var silent = []string{"NoSuchUpload", "InvalidPart", "FilePartNotExist", "FilePartStale", "FilePartInterity",
	"InvalidVideo.NotFound",
	"InvalidTimeStamp.Expired"} // by VOD's clock, which it tells with that

// occurs reports whether the code can be the answer to action.
func occurs(code string, row verdict.Row, action string) bool {
	if list, ok := only[code]; ok {
		return slices.Contains(list, action)
	}
	if slices.Contains(ossActions, action) {
		return row.Source == verdict.OSSDoc
	}
	return row.Source != verdict.OSSDoc || slices.Contains(also, code)
}

// answer is one code as the answer to one request, and the file that meets it.
type answer struct {
	code, action, file string
	row                verdict.Row
	size               int
}

// answers is every code on every request where it can occur, of those that want to be.
func answers(t *testing.T, actions []string, want func(verdict.Row) bool) (all []answer) {
	t.Helper()
	table := verdict.Table()
	for code := range only {
		if _, ok := table[code]; !ok {
			t.Errorf("%s is not in the table", code)
		}
	}
	for code, row := range table {
		for _, action := range actions {
			if !occurs(code, row, action) || !want(row) {
				continue
			}
			a := answer{code: code, action: action, file: action + "-" + code, row: row, size: part + 1}
			switch action {
			case "PutObject":
				a.size = 10
			case "CreateUploadImage":
				a.file += ".jpg"
			case "CreateUploadAttachedMedia":
				a.file += ".srt"
			default:
				a.file += ".mp4"
			}
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b answer) int { return strings.Compare(a.file, b.file) })
	return all
}

// again reports whether the request is one that takes an upload up.
func (a answer) again() bool { return a.action == "ListParts" || a.action == "RefreshUploadVideo" }

// fault has the endpoint give the answer: once, where that passes.
func (a answer) fault(key string) ossdev.Fault {
	f := ossdev.Fault{Action: a.action, Key: key, Code: a.code}
	if a.row.Kind == transfer.Resumable {
		f.Count = 1
	}
	if a.action == "UploadPart" {
		f.Part = 2
	}
	return f
}

// TestEachAnswer has the endpoint answer with each code of the table, to each request where that can be, and looks at
// what becomes of the file. There is no token, so what is unknown was never known.
func TestEachAnswer(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for name, actions := range map[string][]string{"OSS": ossActions, "VOD": vodActions} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := answers(t, actions, func(r verdict.Row) bool { return r.Kind != transfer.Renew })
			r := open(t, "", name == "VOD")
			faults := make(map[string]*ossdev.FaultHandle)
			var taken []answer // those that are taken up again
			for _, a := range all {
				if a.again() {
					taken = append(taken, a)
					continue
				}
				faults[a.file] = r.server.AddFault(a.fault(a.file))
				r.drop(a.file, a.size)
			}
			r.ended()
			for file, fault := range r.interrupt(taken) {
				faults[file] = fault
			}
			r.drop("next.mp4", 10)
			r.ended()
			r.arrived("next.mp4", 10)
			r.event("next.mp4", "OnUploadSucceed")
			l := r.log()
			for _, a := range all {
				if faults[a.file].Hits() == 0 {
					t.Errorf("%s: nobody met it", a.file)
				}
				if a.row.Kind == transfer.Final {
					a.failed(r, l)
				} else {
					a.arrived(r, l)
				}
			}
			if n := l.count("", "OnUploadTokenExpired"); n != 0 {
				t.Errorf("%d OnUploadTokenExpired without a token", n)
			}
			r.until("no parts are left", func() bool {
				return !slices.ContainsFunc(r.server.Uploads(), func(u ossdev.Upload) bool {
					return !strings.Contains(u.Key, "NoSuchUpload") // which the endpoint has, other than it says
				})
			})
		})
	}
}

// interrupt begins to upload files, pauses in the middle, and lets them go on into their answers.
func (r *rig) interrupt(all []answer) map[string]*ossdev.FaultHandle {
	r.t.Helper()
	hang := r.server.AddFault(ossdev.Fault{Action: "UploadPart", Part: 2, Hang: true})
	faults := make(map[string]*ossdev.FaultHandle)
	for batch := range slices.Chunk(all, 16) {
		for _, a := range batch {
			r.drop(a.file, a.size)
		}
		for _, a := range batch {
			r.until(a.file+" has a part", func() bool { info, _ := r.Status(a.file); return info.PartsDone > 0 })
		}
		r.until("the second part of each hangs", func() bool { return hang.Hits() >= len(batch) })
		if err := r.Do(r.t.Context(), queue.Pause); err != nil {
			r.t.Fatal(err)
		}
		for _, a := range batch {
			info := r.state(a.file, list.Paused)
			key := info.Key
			if info.VideoID != "" {
				key = info.VideoID
			}
			faults[a.file] = r.server.AddFault(a.fault(key))
		}
		hang.Remove()
		if err := r.Do(r.t.Context(), queue.Resume); err != nil {
			r.t.Fatal(err)
		}
		r.ended()
		hang = r.server.AddFault(ossdev.Fault{Action: "UploadPart", Part: 2, Hang: true})
	}
	hang.Remove()
	return faults
}

// failed: the file ended at once, its data is there, and the event says why.
func (a answer) failed(r *rig, l log) {
	r.t.Helper()
	r.state(a.file, list.Failure)
	if !r.kept(a.file, content(a.file, a.size)) {
		r.t.Errorf("%s: the data is not kept", a.file)
	}
	if l.count(a.file, "OnUploadFailed") != 1 || l.count(a.file, "OnUploadRetry") != 0 {
		r.t.Errorf("%s: events %v", a.file, l[a.file])
		return
	}
	e := l.last(a.file, "OnUploadFailed")
	// Of a code that it does not know the endpoint says nothing but its name.
	if e["code"] != a.code || e["message"] == "" || e["message"] == a.code && a.code != "UserDisable" ||
		e["request_id"] == "" || e["resumable"] != "false" {
		r.t.Errorf("%s: %v", a.file, e)
	}
}

// arrived: the file was tried again, which the user was told once.
func (a answer) arrived(r *rig, l log) {
	r.t.Helper()
	r.arrived(a.file, a.size)
	want := 1
	if slices.Contains(silent, a.code) {
		want = 0
	}
	retry, resume := l.count(a.file, "OnUploadRetry"), l.count(a.file, "OnUploadRetryResume")
	if retry != want || resume != want || l.count(a.file, "OnUploadFailed") != 0 {
		r.t.Errorf("%s: %d OnUploadRetry and %d OnUploadRetryResume, want %d: %v", a.file, retry, resume, want,
			l[a.file])
		return
	}
	if e := l.last(a.file, "OnUploadRetry"); want > 0 && (e["code"] != a.code || e["message"] == "" ||
		e["message"] == a.code) {
		r.t.Errorf("%s: %v", a.file, e)
	}
}

// TestEachExpiry has each code that means the end of credentials answered to each request, with a token: the queue
// expires, once, fails nothing, and goes on when there are new ones.
func TestEachExpiry(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for name, actions := range map[string][]string{"OSS": ossActions[:4], "VOD": vodActions[:3]} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := open(t, "token-for-tests", name == "VOD")
			said := 0
			for _, a := range answers(t, actions, func(r verdict.Row) bool {
				return r.Kind == transfer.Renew ||
					r.Vanishing
			}) {
				f := a.fault(a.file)
				f.Part, f.Count = 0, 0
				first := r.server.AddFault(f)
				f.Action = "ListParts" // with which it goes on
				if name == "VOD" {
					f.Action = "RefreshUploadVideo"
				}
				again := r.server.AddFault(f)
				r.drop(a.file, a.size)
				expire := func() {
					r.until("the queue is expired by "+a.file, func() bool { return r.State() == list.Expired })
					r.state(a.file, list.Paused)
					said++
					first.Remove()
				}
				expire()
				if a.action == "UploadPart" || a.action == "CompleteMultipartUpload" {
					r.Renewed()
					r.until("the second expiry of "+a.file, func() bool { return again.Hits() > 0 })
					expire()
				}
				again.Remove()
				r.Renewed()
				r.arrived(a.file, a.size)
				r.event(a.file, "OnUploadSucceed")
				l := r.log()
				if n := l.count("", "OnUploadTokenExpired"); n != said {
					t.Errorf("%s: %d OnUploadTokenExpired, want %d", a.file, n, said)
				}
				if n := l.count(a.file, "OnUploadRetry") + l.count(a.file, "OnUploadFailed"); n != 0 {
					t.Errorf("%s: %v", a.file, l[a.file])
				}
				if e := l.last("", "OnUploadTokenExpired"); e["code"] != a.code || e["message"] == "" ||
					e["message"] == a.code {
					t.Errorf("%s: %v", a.file, e)
				}
			}
			if said < 8 {
				t.Errorf("only %d expiries", said)
			}
		})
	}
}
