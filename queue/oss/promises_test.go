package oss

import (
	"bytes"
	"strings"
	"testing"

	"inboxfs/queue/attribute"
	"inboxfs/queue/ossdev"
	"inboxfs/queue/transfer"
	"inboxfs/queue/upload"
)

// TestPublicAccess tells refusals and what they may come from. It has a bucket that blocks public access, as new ones
// do, and a key without the right to set ACLs: what the user is told names the attribute. A private ACL is taken.
func TestPublicAccess(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for name, c := range map[string]struct {
		settings ossdev.Settings
		fault    ossdev.Fault
		acl      string
		tags     string
		want     string // of the hint; "" for none
	}{
		"blocked": {settings: ossdev.Settings{BlockPublicAccess: true}, acl: "public-read",
			want: "blocks public access, as new buckets do, and the file asks for a public ACL (user.oss.acl"},
		"blocked for others": {settings: ossdev.Settings{BlockPublicAccess: true}, acl: "private"},
		"open":               {acl: "public-read-write"},
		"no right": {fault: ossdev.Fault{Code: "AccessDenied"}, acl: "public-read",
			want: "takes the right oss:PutObjectAcl"},
		"tags and no right": {fault: ossdev.Fault{Code: "AccessDenied"}, acl: "private", tags: "a=1",
			want: "takes the right oss:PutObjectTagging, too; otherwise grant oss:PutObject"},
		"a policy": {fault: ossdev.Fault{Code: "AccessDenied",
			Denied: [3]string{"SessionPolicy", "ImplicitDeny", "oss:PutObject"}}, acl: "private", tags: "a=1",
			want: "the policy with which the token was made (Policy of AssumeRole) does not allow oss:PutObject"},
		"no key of KMS": {fault: ossdev.Fault{Code: "AccessDenied", Message: "This request is forbidden by kms."},
			acl: "private", tags: "a=1", want: "the bucket or the file is encrypted"},
		"no right at all": {fault: ossdev.Fault{Code: "AccessDenied"}, acl: "private", want: "grant oss:PutObject"},
	} {
		for action, size := range map[string]int{"PutObject": 10, "CompleteMultipartUpload": 2 * part} {
			b := start(t, nil)
			if err := b.Set(bucket, c.settings); err != nil {
				t.Fatal(err)
			}
			if c.fault.Code != "" {
				c.fault.Action = action
				b.AddFault(c.fault)
			}
			job, _ := file(t, size)
			set := attribute.Set{"oss.acl": c.acl}
			if c.tags != "" {
				set["oss.tagging"] = c.tags
			}
			_, err := upload.New(b.remote, upload.Options{PartSize: part, Attributes: set}).Upload(t.Context(), job,
				&watcher{})
			if c.want == "" {
				if _, meta, _ := b.Object(bucket, job.Name); err != nil || meta.Header["X-Oss-Object-Acl"] != c.acl {
					t.Errorf("%s, %s: %v, %v", name, action, err, meta.Header)
				}
				continue
			}
			if e := as(t, err, transfer.Final, "AccessDenied"); !strings.Contains(e.Hint, c.want) ||
				c.acl == "private" && strings.Contains(e.Hint, "public") ||
				!strings.HasPrefix(e.Hint, "the file has tags") && c.tags != "" &&
					strings.Contains(e.Hint, "Tagging") || len(b.Uploads()) != 0 {
				t.Errorf("%s, %s: %q, uploads %v", name, action, e.Hint, b.Uploads())
			}
		}
	}
}

// TestForbidWithVersions has OSS replace what it was told not to, as it does where there are versions: it is asked
// before.
func TestForbidWithVersions(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, versioning := range []string{"", "Enabled", "Suspended"} {
		for _, size := range []int{10, 2 * part} {
			b := start(t, nil)
			if err := b.Set(bucket, ossdev.Settings{Versioning: versioning}); err != nil {
				t.Fatal(err)
			}
			u := upload.New(b.remote, upload.Options{PartSize: part, Overwrite: "forbid"})
			job, first := file(t, size)
			if _, err := u.Upload(t.Context(), job, &watcher{}); err != nil {
				t.Fatal(err)
			}
			job, _ = file(t, size+1)
			_, err := u.Upload(t.Context(), job, &watcher{})
			as(t, err, transfer.Final, "FileAlreadyExists")
			if !bytes.Equal(b.stored(t, job.Name), first) || len(b.Uploads()) != 0 {
				t.Errorf("versioning %q, %d bytes: it was replaced, or uploads are left: %v", versioning, size,
					b.Uploads())
			}
			if n := b.actions()["GetBucketVersioning"]; n != 1 {
				t.Errorf("asked %d times", n)
			}
		}
	}
}

// TestForbidWhenVersionsAreSwitchedOn does so between two files: the first answer with a version tells.
func TestForbidWhenVersionsAreSwitchedOn(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, versioning := range []string{"Enabled", "Suspended"} {
		for _, size := range []int{10, 2 * part} {
			b := start(t, nil)
			u := upload.New(b.remote, upload.Options{PartSize: part, Overwrite: "forbid"})
			send := func(name string, size int) (transfer.Result, []byte, error) {
				job, data := file(t, size)
				job.Name = name
				res, err := u.Upload(t.Context(), job, &watcher{})
				return res, data, err
			}
			_, first, err := send("a", size)
			if err != nil {
				t.Fatal(err)
			}
			if err := b.Set(bucket, ossdev.Settings{Versioning: versioning}); err != nil {
				t.Fatal(err)
			}
			res, _, err := send("b", size)
			if err != nil || res.Warning == nil || res.Warning.Code != "ForbidNotKept" || res.Warning.RequestID == "" {
				t.Errorf("%s, %d bytes: %+v, %v", versioning, size, res.Warning, err)
			}
			_, _, err = send("a", size+1)
			as(t, err, transfer.Final, "FileAlreadyExists")
			if !bytes.Equal(b.stored(t, "a"), first) {
				t.Errorf("%s, %d bytes: it was replaced", versioning, size)
			}
		}
	}
}
