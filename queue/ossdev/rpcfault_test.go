package ossdev

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	aliyun "github.com/aliyun/aliyun-oss-go-sdk/oss"
)

// Every code that the RPC services answer with can be had.
func TestRPCFaultCodes(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	for code, usual := range rpcCatalog {
		f := s.AddFault(Fault{Action: "AssumeRole", Code: code})
		a := owner1.call(t, s.URL, "AssumeRole", "RoleArn", "acs:ram::1:role/r", "RoleSessionName", "alice")
		f.Remove()
		a.wantCode(t, "fault", usual.Status, code)
		if a.Message != usual.Message {
			t.Errorf("%s: %v", code, a.body)
		}
	}
	if got := s.TokenCount().Issued; got != 0 {
		t.Errorf("%d tokens were issued", got)
	}
}

func TestRPCFaults(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	create := func(name string) rpcAnswer {
		return owner1.call(t, s.URL, "CreateUploadVideo", "Title", "t", "FileName", name)
	}
	s.AddFault(Fault{Action: "CreateUploadVideo", Key: "b*.mp4", Count: 1, Code: "Forbidden.RAM"})
	create("a.mp4").wantCode(t, "another file", 200, "")
	create("bee.mp4").wantCode(t, "that file", 403, "Forbidden.RAM")
	a := create("bee.mp4")
	a.wantCode(t, "again", 200, "")
	s.AddFault(Fault{Action: "RefreshUploadVideo", Key: a.VideoID, Count: 1, Code: "InvalidVideo.Damaged"})
	owner1.call(t, s.URL, "RefreshUploadVideo", "VideoId", a.VideoID).wantCode(t, "damaged", 400,
		"InvalidVideo.Damaged")

	// An answer that is lost: the video is there.
	s.AddFault(Fault{Action: "CreateUploadVideo", Count: 1, ResetAfter: true})
	r := owner1.request(t, s.URL, "CreateUploadVideo", "Title", "lost", "FileName", "a.mp4")
	r.Method, r.GetBody = "GET", nil
	transport := &http.Transport{DisableKeepAlives: true}
	if _, err := transport.RoundTrip(r); !isReset(err) {
		t.Errorf("%v", err)
	}
	if list := s.Media(); list[len(list)-1].Title != "lost" {
		t.Errorf("%+v", list)
	}
	s.AddFault(Fault{Action: "CreateUploadVideo", Count: 1, Skew: time.Hour})
	create("a.mp4").wantCode(t, "skew", 400, "InvalidTimeStamp.Expired")
	s.AddFault(Fault{Count: 1, Status: 502})
	create("a.mp4").wantCode(t, "status", 502, "InternalError")
	requests := s.Requests()
	if last := requests[len(requests)-1]; last.Action != "CreateUploadVideo" || last.Status != 502 ||
		last.Code != "InternalError" {
		t.Errorf("%+v", last)
	}
	if r := requests[2]; r.MediaID != a.VideoID || r.AccessKeyID != testID || r.Key != "video/"+a.VideoID+".mp4" {
		t.Errorf("%+v", r)
	}
}

// What a client corrects its clock from is there also when a fault says so, and follows its Skew.
func TestFaultDetails(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	for _, skew := range []time.Duration{0, time.Hour} {
		f := s.AddFault(Fault{Action: "PutObject", Code: "RequestTimeTooSkewed", Skew: skew})
		e := rawError(t, s, "PUT", "/holiday/a")
		f.Remove()
		now := time.Now().Add(skew)
		server, err1 := time.Parse("2006-01-02T15:04:05.000Z", e.fields["ServerTime"])
		date, err2 := http.ParseTime(e.header.Get("Date"))
		if err := errors.Join(err1, err2); err != nil || now.Sub(server).Abs() > time.Minute ||
			now.Sub(date).Abs() > time.Minute ||
			e.fields["MaxAllowedSkewMilliseconds"] != "900000" || e.fields["RequestTime"] == "" || e.status != 403 {
			t.Errorf("%+v %v", e, err)
		}
	}
	s.AddFault(Fault{Action: "UploadPart", Count: 1, Code: "NoSuchUpload"})
	up := must[aliyun.InitiateMultipartUploadResult](t)(b.InitiateMultipartUpload("a"))
	_, err := b.UploadPart(up, strings.NewReader("x"), 1, 1)
	want(t, "fault", err, "NoSuchUpload")
	_, err = b.UploadPart(up, strings.NewReader("x"), 1, 1)
	want(t, "and then", err, "")
}

// OSS calls back once it has the object: 203 is an upload that went well.
func TestFaultCallback(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	b := bucketOf(t, s)
	s.AddFault(Fault{Code: "CallbackFailed", Action: "PutObject", Count: 1})
	want(t, "put", b.PutObject("a", strings.NewReader("abc")), "CallbackFailed")
	if _, m, ok := s.Object(testBucket, "a"); !ok || m.Size != 3 {
		t.Errorf("the object is not there: %+v", m)
	}
	if r := s.Requests(); r[0].Status != 203 || r[0].Code != "CallbackFailed" {
		t.Errorf("%+v", r[0])
	}
}

// rawAnswer is an error as it comes.
type rawAnswer struct {
	status int
	header http.Header
	fields map[string]string
}

func rawError(t testing.TB, s *Running, method, path string) rawAnswer {
	t.Helper()
	r := must[*http.Request](t)(http.NewRequest(method, s.URL+path, nil))
	answer := must[*http.Response](t)(http.DefaultClient.Do(r))
	e := rawAnswer{answer.StatusCode, answer.Header, readFields(t, answer.Body)}
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
	return e
}

// FuzzRPC sends what nobody has signed: it is refused, as JSON, and nothing is made of it.
func FuzzRPC(f *testing.F) {
	f.Add("Action=CreateUploadVideo&Version=2017-03-21&Title=t&FileName=a.mp4", "", "", "")
	f.Add(
		"Action=AssumeRole&Version=2015-04-01&AccessKeyId=LTAItest&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0&SignatureNonce=1&"+
			"Timestamp=2026-01-02T03:04:05Z&Signature=x", "RoleArn=acs:ram::1:role/r&RoleSessionName=alice", "", "")
	f.Add("", "Title=t", acs3Algorithm+" Credential=LTAItest,SignedHeaders=host;x-acs-action,Signature=00",
		"CreateUploadVideo")
	f.Add("Action=%zz", "%", acs3Algorithm, "x")
	s := start(f, Options{})
	f.Fuzz(func(t *testing.T, query, form, authorization, action string) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(form))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		if action != "" {
			r.Header.Set("x-acs-action", action)
			r.Header.Set("x-acs-version", vodVersion)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		var e errorJSON
		if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || w.Code < 400 || e.Code == "" ||
			e.Code == "InternalError" || e.RequestID == "" {
			t.Fatalf("%d %s: %v", w.Code, w.Body, err)
		}
		if params, err := url.ParseQuery(query); err == nil && rpcString("GET", params) == "" {
			t.Fatal("nothing to sign")
		}
		if len(s.Media()) != 0 || s.TokenCount() != (TokenCount{}) {
			t.Fatal("something was made")
		}
	})
}

// FuzzFault reads faults as they come over HTTP.
func FuzzFault(f *testing.F) {
	f.Add(`{"Action":"UploadPart","Part":2,"Count":1,"Code":"InternalError","Delay":"5s"}`)
	f.Add(`{"Action":"CreateUploadVideo","Skew":"-1h"}`)
	f.Add(`[`)
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := readFault(strings.NewReader(text))
		if err == nil && !knownAction(fault.Action) {
			t.Fatalf("%+v", fault)
		}
	})
}

// FuzzComplete reads the list of parts of a Complete: what it returns was uploaded, and is in order.
func FuzzComplete(f *testing.F) {
	f.Add(
		[]byte(
			"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"A\"</ETag></Part></CompleteMultipartUpload>"))
	f.Add(
		[]byte(
			"<CompleteMultipartUpload><Part><PartNumber>2</PartNumber><ETag>B</ETag></Part><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>"))
	f.Add([]byte("<x"))
	x := &exchange{r: httptest.NewRequest("POST", "/", nil)}
	u := &upload{parts: map[int]Part{1: {Number: 1, Size: minPart, ETag: "A"}, 2: {Number: 2, Size: 1, ETag: "B"}}}
	f.Fuzz(func(t *testing.T, text []byte) {
		list, wrong := x.chosenParts(u, text)
		if wrong != nil {
			return
		}
		last := 0
		for _, p := range list {
			if p.Number <= last || u.parts[p.Number] != p {
				t.Fatalf("%+v", list)
			}
			last = p.Number
		}
		if len(list) == 0 {
			t.Fatal("an object of no parts")
		}
	})
}
