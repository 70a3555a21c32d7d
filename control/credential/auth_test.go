package credential

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"inboxfs/queue"
)

func TestParseAuth(t *testing.T) {
	t.Parallel()
	const keys = `"AccessKeyId":"STS.i","AccessKeySecret":"s","SecurityToken":"t/+="`
	for _, c := range []struct {
		json, region string
		expires      time.Time
	}{
		{`{` + keys + `}`, "", time.Time{}},
		{`{` + keys + `,"Expiration":"3600","Region":"cn-shanghai"}`, "cn-shanghai", noon.Add(time.Hour)},
		{`{` + keys + `,"Expiration":3000}`, "", noon.Add(3000 * time.Second)},
		{`{` + keys + `,"Expiration":"2024-05-17T13:00:00Z"}`, "", noon.Add(time.Hour)},
		{`{` + keys + `,"Expiration":"3600","ExpireUTCTime":"2024-05-17T12:30:00Z"}`, "", noon.Add(30 * time.Minute)},
		{`{` + keys + `,"Expiration":"3600","ExpireUTCTime":""}`, "", noon.Add(time.Hour)},
		{`{` + keys + `,"Expiration":null,"More":{"a":[1]}}`, "", time.Time{}},
	} {
		for _, text := range []string{
			c.json, " " + c.json + "\n", base64.StdEncoding.EncodeToString([]byte(c.json)), base64.RawURLEncoding.EncodeToString([]byte(c.json)),
		} {
			a, err := ParseAuth(text, noon)
			if err != nil || a.AccessKeyID != "STS.i" || a.AccessKeySecret != "s" || a.SecurityToken != "t/+=" || a.Region != c.region || !a.Expires.Equal(c.expires) {
				t.Errorf("ParseAuth(%s): error %v, region %q, expires %v", text, err, a.Region, a.Expires)
			}
		}
	}
	for _, c := range []struct {
		json string
		want error
		says string
	}{
		{`{` + keys + `,"Expiration":"0"}`, ErrExpired, "expired"},
		{`{` + keys + `,"ExpireUTCTime":"2024-05-17T11:00:00Z"}`, ErrExpired, "expired"},
		{`{` + keys + `,"Expiration":"Hush"}`, queue.ErrInvalid, "expiry is not a time"},
		{`{` + keys + `,"Expiration":{"Hush":1}}`, queue.ErrInvalid, "malformed JSON"},
		{`{` + keys + `,"Region":"evil.example/Hush"}`, queue.ErrInvalid, "Region"},
		{`{"AccessKeyId":"Hush","AccessKeySecret":"s"}`, queue.ErrInvalid, "security token is missing"},
		{`{"Code":"Forbidden.Hush","Message":"Hush"}`, queue.ErrInvalid, "not credentials"},
		{`["Hush"]`, queue.ErrInvalid, "neither base64"},
		{`{"Hush`, queue.ErrInvalid, "malformed JSON"},
	} {
		for _, text := range []string{c.json, base64.StdEncoding.EncodeToString([]byte(c.json))} {
			a, err := ParseAuth(text, noon)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || a != (Auth{}) {
				t.Errorf("ParseAuth(%s): %v", text, err)
				continue
			}
			check(t, text, err.Error())
		}
	}
	for _, text := range []string{"", " ", mark, "!" + mark, "e30" + mark} {
		if _, err := ParseAuth(text, noon); !errors.Is(err, queue.ErrInvalid) {
			t.Errorf("ParseAuth(%q): %v", text, err)
		} else {
			check(t, text, err.Error())
		}
	}
}

func TestParseAddress(t *testing.T) {
	t.Parallel()
	want := Address{"https://oss-cn-shanghai.aliyuncs.com", "out-1", "video/é 1.mp4"}
	for _, endpoint := range []string{"https://oss-cn-shanghai.aliyuncs.com", "https://oss-cn-shanghai.aliyuncs.com/", "oss-cn-shanghai.aliyuncs.com"} {
		object := `{"Endpoint":"` + endpoint + `","Bucket":"out-1","FileName":"video/é 1.mp4","ObjectPrefix":"x"}`
		for _, text := range []string{object, base64.StdEncoding.EncodeToString([]byte(object))} {
			if got, err := ParseAddress(text); err != nil || got != want {
				t.Errorf("ParseAddress(%s) = %v, %v", text, got, err)
			}
		}
	}
	for _, c := range []struct{ object, says string }{
		{`{"Bucket":"out","FileName":"Hush"}`, "no Endpoint"},
		{`{"Endpoint":"h","FileName":"Hush"}`, "no Bucket"},
		{`{"Endpoint":"h","Bucket":"out"}`, "no FileName"},
		{`{"Endpoint":"ftp://Hush","Bucket":"out","FileName":"k"}`, "not a URL"},
		{`{"Endpoint":"https://u:Hush@h","Bucket":"out","FileName":"k"}`, "not a URL"},
		{`{"Endpoint":"https://h/Hush","Bucket":"out","FileName":"k"}`, "not a URL"},
		{`{"Endpoint":"https://h?Hush","Bucket":"out","FileName":"k"}`, "not a URL"},
		{`{"Endpoint":"h","Bucket":"Hush","FileName":"k"}`, "Bucket"},
		{`{"Endpoint":"h","Bucket":"out","FileName":"/Hush"}`, "FileName"},
		{`{"Endpoint":"h","Bucket":"out","FileName":"` + strings.Repeat("Hush", 300) + `"}`, "FileName"},
		{`{"Endpoint":["Hush"]}`, "malformed"},
		{"Hush", "neither base64"}, {"", "missing"},
	} {
		got, err := ParseAddress(c.object)
		if !errors.Is(err, queue.ErrInvalid) || !strings.Contains(err.Error(), c.says) || got != (Address{}) {
			t.Errorf("ParseAddress(%s): %v", c.object, err)
			continue
		}
		check(t, c.object, err.Error())
	}
}

// Whatever is in an UploadAuth or UploadAddress, it is not in the error.
func FuzzParseAuthKeepsSecrets(f *testing.F) {
	f.Add("id", "secret", "token", "3600", "cn-shanghai", false)
	f.Add("i d", "se\"cret", "", "2020-01-01T00:00:00Z", "x/y", true)
	f.Fuzz(func(t *testing.T, id, secret, token, expiry, region string, encoded bool) {
		object, err := json.Marshal(map[string]string{"AccessKeyId": mark + id, "AccessKeySecret": mark + secret, "SecurityToken": token,
			"Expiration": expiry, "Region": mark + region, "Endpoint": mark + id, "Bucket": mark + secret, "FileName": token})
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{string(object), mark + id, string(object[:len(object)/2]), string(object) + secret} {
			if encoded {
				text = base64.StdEncoding.EncodeToString([]byte(text))
			}
			if a, err := ParseAuth(text, noon); err != nil {
				check(t, "UploadAuth", err.Error())
				if a != (Auth{}) || !errors.Is(err, queue.ErrInvalid) && !errors.Is(err, ErrExpired) {
					t.Errorf("error %v", err)
				}
			}
			if a, err := ParseAddress(text); err != nil {
				check(t, "UploadAddress", err.Error())
				if a != (Address{}) || !errors.Is(err, queue.ErrInvalid) {
					t.Errorf("error %v", err)
				}
			}
		}
	})
}
