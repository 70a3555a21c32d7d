package check

import (
	"context"
	"fmt"
	"strings"

	"inboxfs/control/config"
	"inboxfs/queue/attribute"
	"inboxfs/queue/transfer"
	"inboxfs/queue/verdict"
)

// overwrite looks whether the server keeps what upload.overwrite = "forbid" promises. Nothing is to be said of
// "replace".
func (c *cloud) overwrite(ctx context.Context) []Finding {
	if c.Config.Upload.Overwrite != config.Forbid {
		return nil
	}
	if !c.usable {
		return skip("the bucket cannot be used")
	}
	versioned := false
	e := c.ask(ctx, func(ctx context.Context) (err error) {
		versioned, err = c.remote.Versioned(ctx)
		return err
	})
	const alone = `let nobody else write to these keys while inboxfs does, or use a bucket without versions`
	switch {
	case e != nil:
		return unneeded(`whether the bucket has versions, in which OSS does not keep overwrite = "forbid"`,
			"oss:GetBucketVersioning", e,
			"grant oss:GetBucketVersioning; until then each object is asked for before it is made, "+
				"and what others make in that moment may be replaced")
	case versioned:
		return one(Warn, `the bucket has or had versions, in which OSS does not keep overwrite = "forbid": `+
			"each object is asked for before it is made, but what others make in that moment is replaced", alone)
	}
	return ok(`OSS itself keeps overwrite = "forbid": the bucket never had versions`)
}

// acl looks whether the bucket takes the public ACL that the configuration asks for, if it does.
func (c *cloud) acl(ctx context.Context) []Finding {
	set, err := attribute.Parse(c.Config.Upload.Attributes)
	if err != nil || !strings.HasPrefix(set["oss.acl"], "public") { // what is wrong with them is said of the rights
		return nil
	}
	if !c.usable {
		return skip("the bucket cannot be used")
	}
	blocked := false
	e := c.ask(ctx, func(ctx context.Context) (err error) {
		blocked, err = c.remote.BlocksPublicAccess(ctx)
		return err
	})
	switch {
	case e != nil:
		return unneeded("whether the bucket blocks public access, for which upload.attributes asks",
			"oss:GetBucketInfo", e,
			"ask the owner of the bucket; new buckets do, and refuse each file")
	case blocked:
		return one(Fail,
			fmt.Sprintf("the bucket blocks public access, and upload.attributes asks for oss.acl=%s: "+
				"each upload would be refused",
				set["oss.acl"]),
			"set oss.acl=private in upload.attributes or leave it out, "+
				"or turn Block Public Access off in the OSS console")
	}
	return ok("the bucket takes oss.acl=%s", set["oss.acl"])
}

// unneeded is the finding for a question that uploads do without, when it has no good answer.
func unneeded(what, right string, e *transfer.Error, do string) []Finding {
	if verdict.MissingRight(e) {
		return one(Warn, "not known "+what+": the right "+right+" is missing, which uploads do without"+said(e), do)
	}
	f := failed("not known "+what, e)[0]
	f.Level, f.Do = Warn, do
	return []Finding{f}
}
