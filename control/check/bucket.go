package check

import (
	"context"
	"crypto/rand"
	"strings"

	"inboxfs/control/config"
	"inboxfs/queue/upload"
	"inboxfs/queue/verdict"
)

// bucket makes the first signed request: to list the uploads under way of a key that nobody has.
func (c *cloud) bucket(ctx context.Context) []Finding {
	if why := c.needs(); why != "" {
		return skip(why)
	}
	name := c.Config.OSS.Bucket
	e := c.ask(ctx, func(ctx context.Context) error {
		_, _, err := c.remote.ListUploads(ctx, c.probe())
		return err
	})
	if e != nil && !verdict.MissingRight(e) { // a right is looked at only after the key and the bucket
		return failed(name, e)
	}
	c.usable, c.refused = true, e
	if c.Config.OSS.Signature == config.V1 {
		return one(Warn, name+" is there and takes the access key; signature v1 is accepted, for now: "+
			"it is closed for new users, and for new buckets step by step",
			"set oss.signature to v4, and oss.region to the region of the bucket")
	}
	return ok("%s is there and takes the access key; signature v4 for %s is accepted", name, c.Config.OSS.RegionID())
}

// needs is why the bucket cannot be asked.
func (c *cloud) needs() string {
	switch {
	case !c.keyed:
		return "there are no credentials"
	case !c.reached:
		return "the endpoint does not answer"
	}
	return ""
}

// probe is a key below the prefix that no object has. What may differ from file to file in the prefix is left out.
func (c *cloud) probe() upload.Target {
	return upload.Target{Bucket: c.Config.OSS.Bucket, Key: c.prefix() + ".inboxfs-check-" + rand.Text()}
}

// prefix is what all keys begin with.
func (c *cloud) prefix() string {
	before, _, _ := strings.Cut(c.Config.Upload.Prefix, "{")
	return before
}

// lifecycle looks for a rule that removes the parts of uploads which never end.
func (c *cloud) lifecycle(ctx context.Context) []Finding {
	if !c.usable {
		return skip("the bucket cannot be used")
	}
	yes := false
	e := c.ask(ctx, func(ctx context.Context) (err error) {
		yes, err = c.remote.AbortsOrphans(ctx, c.prefix())
		return err
	})
	switch {
	case e != nil:
		return unneeded("whether a lifecycle rule deletes parts after some days", "oss:GetBucketLifecycle", e,
			"ask the owner of the bucket")
	case !yes:
		return one(Warn, "no rule of the bucket deletes parts that were never made into an object",
			"add a lifecycle rule in the OSS console that deletes parts after, say, 7 days: "+
				"if this machine is lost in the middle of an upload, they cost money for ever")
	}
	return ok("a rule of the bucket deletes parts that were never made into an object")
}
