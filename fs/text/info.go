package text

import (
	"bytes"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"inboxfs/queue"
	"inboxfs/queue/list"
)

// pairs writes what is known of an entry or the queue, key by key. status and list.json differ only in how a pair
// looks, as do queue and status.json.
type pairs interface {
	number(key string, n int64)
	text(key, value string)
	name(value string)
	time(key string, t time.Time)
}

// write tells the pairs of i in the order that status has. The first seven are always there, the others when set.
func write(p pairs, i *list.Info) {
	p.number("id", int64(i.ID))
	p.name(i.Name)
	p.text("state", i.State.String())
	p.number("size", i.Size)
	p.number("uploaded", i.Uploaded)
	p.number("sent", i.Sent)
	p.number("percent", int64(i.Percent()))
	set := func(key string, n int64) {
		if n != 0 {
			p.number(key, n)
		}
	}
	say := func(key, value string) {
		if value != "" {
			p.text(key, value)
		}
	}
	at := func(key string, t time.Time) {
		if !t.IsZero() {
			p.time(key, t)
		}
	}
	set("rate", i.Rate)
	set("time_left", int64(i.TimeLeft()/time.Second))
	if i.Parts > 0 {
		p.text("parts", strconv.Itoa(i.PartsDone)+"/"+strconv.Itoa(i.Parts))
	}
	set("part_size", i.PartSize)
	set("retries", int64(i.Retries))
	say("bucket", i.Bucket)
	say("key", i.Key)
	say("upload_id", i.UploadID)
	say("video_id", i.VideoID)
	say("etag", strings.Trim(i.ETag, `"`)) // the quotes belong to the header it came in
	say("crc64", i.CRC64)
	say("request_id", i.RequestID)
	say("error", i.Error)
	say("message", i.Message)
	say("hint", i.Hint)
	say("do", i.Do)
	say("or", i.Or)
	say("path", i.Path)
	at("added", i.Added)
	at("started", i.Started)
	at("finished", i.Finished)
	at("next_try", i.NextTry)
}

// AppendStatus appends status/NAME.
func AppendStatus(b []byte, i list.Info) []byte {
	f := flat{b}
	write(&f, &i)
	return f.b
}

// AppendJSON appends list.json.
func AppendJSON(b []byte, infos []list.Info) []byte {
	a := array{object{b: b}}
	for i := range infos {
		a.add(&infos[i])
	}
	return a.end()
}

// AppendOverview appends status.json: an object with queue, which has the keys of that file, and list, in which some of
// each state are objects as in list.json, in the order of Groups.
func AppendOverview(b []byte, o queue.Overview) []byte {
	q := object{b: append(b, `{"queue":{`...)}
	writeQueue(&q, o.Summary)
	a := array{object{b: append(q.b, "},\n\"list\":"...)}}
	for _, g := range Groups {
		for i := range o.Entries[g.State] {
			a.add(&o.Entries[g.State][i])
		}
	}
	return append(bytes.TrimSuffix(a.end(), []byte("\n")), "}\n"...)
}

// array writes an array of objects, one a line.
type array struct{ object }

func (a *array) add(i *list.Info) {
	between := ",\n{"
	if !a.begun {
		between = "[\n{"
	}
	a.b, a.begun = append(a.b, between...), false
	write(a, i)
	a.b = append(a.b, '}')
}

// end ends the array; none of its objects is without members, so begun tells whether there is one.
func (a *array) end() []byte {
	if !a.begun {
		return append(a.b, "[]\n"...)
	}
	return append(a.b, "\n]\n"...)
}

// flat writes lines of key and value.
type flat struct{ b []byte }

func (f *flat) key(key string) { f.b = append(append(f.b, key...), ' ') }
func (f *flat) end()           { f.b = append(f.b, '\n') }

func (f *flat) number(key string, n int64) {
	f.key(key)
	f.b = strconv.AppendInt(f.b, n, 10)
	f.end()
}

func (f *flat) text(key, value string) {
	f.key(key)
	f.b = appendValue(f.b, value)
	f.end()
}

func (f *flat) name(value string) {
	f.key("name")
	f.b = appendName(f.b, value)
	f.end()
}

func (f *flat) time(key string, t time.Time) {
	f.key(key)
	f.b = t.UTC().AppendFormat(f.b, time.RFC3339)
	f.end()
}

// object writes the members of a JSON object.
type object struct {
	b     []byte
	begun bool // a member was written
}

func (o *object) key(key string) {
	if o.begun {
		o.b = append(o.b, ',')
	}
	o.begun = true
	o.b = append(o.b, '"')
	o.b = append(o.b, key...)
	o.b = append(o.b, '"', ':')
}

func (o *object) number(key string, n int64) {
	o.key(key)
	o.b = strconv.AppendInt(o.b, n, 10)
}

func (o *object) text(key, value string) {
	o.key(key)
	o.b = appendJSONString(o.b, value)
	if !utf8.ValidString(value) {
		o.key(key + "_quoted")
		o.b = appendJSONString(o.b, strconv.Quote(value))
	}
}

func (o *object) name(value string) { o.text("name", value) }

func (o *object) time(key string, t time.Time) {
	o.key(key)
	o.b = append(o.b, '"')
	o.b = t.UTC().AppendFormat(o.b, time.RFC3339)
	o.b = append(o.b, '"')
}
