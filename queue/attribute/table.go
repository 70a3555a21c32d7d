package attribute

import (
	"fmt"
	"slices"
	"strings"
)

// entry is one attribute.
type entry struct {
	name  string // without "user."; one that ends in a dot stands for all names that begin so
	sent  string // the header of the object, or the parameter of the VOD API
	check func(value string) (sent string, err error)
}

const (
	ofObject = "oss."
	ofVideo  = "vod."
	meta     = "oss.meta."
	acl      = "X-Oss-Object-Acl"

	callbackHeader     = "X-Oss-Callback"
	callbackVarsHeader = "X-Oss-Callback-Var"
)

// table has every attribute there is. Its limits are those of the API reference, of PutObject and
// InitiateMultipartUpload for objects and of CreateUploadVideo, CreateUploadImage and CreateUploadAttachedMedia for
// media.
var table = []entry{
	{"oss.content-type", "Content-Type", mediaType},
	{"oss.cache-control", "Cache-Control", headerValue},
	{"oss.content-disposition", "Content-Disposition", disposition},
	{"oss.content-encoding", "Content-Encoding", tokens},
	{"oss.content-language", "Content-Language", tokens},
	{"oss.expires", "Expires", httpDate},
	{"oss.storage-class", "X-Oss-Storage-Class", oneOf("Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive")},
	{"oss.acl", acl, oneOf("default", "private", "public-read", "public-read-write")},
	{"oss.server-side-encryption", "X-Oss-Server-Side-Encryption", oneOf("AES256", "KMS", "SM4")},
	{"oss.server-side-encryption-key-id", "X-Oss-Server-Side-Encryption-Key-Id", word(256)},
	{"oss.server-side-data-encryption", "X-Oss-Server-Side-Data-Encryption", oneOf("SM4")},
	{"oss.tagging", "X-Oss-Tagging", tagging},
	{"oss.callback", callbackHeader, callback},
	{"oss.callback-var", callbackVarsHeader, callbackVars},
	{meta, "X-Oss-Meta-", headerValue},

	{"vod.title", "Title", text(128)},
	{"vod.description", "Description", text(1024)},
	{"vod.tags", "Tags", tags},
	{"vod.category", "CateId", number},
	{"vod.template-group", "TemplateGroupId", word(64)},
	{"vod.workflow", "WorkflowId", word(64)},
	{"vod.storage-location", "StorageLocation", word(256)},
	{"vod.cover-url", "CoverURL", webAddress},
	{"vod.user-data", "UserData", object},
	{"vod.app-id", "AppId", word(64)},
	{"vod.first-frame-cover", "EnableFirstFrameCover", oneOf("true", "false")},
	{"vod.thumbnail", "GenerateThumbnail", oneOf("true", "false")},
	{"vod.image-type", "ImageType", oneOf("default", "cover")},
}

// AtComplete reports whether a header of an object is one of CompleteMultipartUpload, where the object is made of
// parts. All others are of InitiateMultipartUpload. That is how both of Alibaba Cloud's SDKs have it: x-oss-object-acl
// is nothing to InitiateMultipartUpload, and who sends it there gets an object as public as its bucket. A callback is
// of the request that makes the object.
func AtComplete(header string) bool {
	return header == acl || header == callbackHeader || header == callbackVarsHeader
}

// ours reports whether a name is one that only this table may give a meaning.
func ours(name string) bool {
	return strings.HasPrefix(name, ofObject) || strings.HasPrefix(name, ofVideo)
}

// find returns the entry of a name, and the name as it is kept: OSS folds the case of metadata keys, so two that differ
// only by case are one.
func find(name string) (entry, string, error) {
	if key, ok := strings.CutPrefix(name, meta); ok {
		if err := metaKey(key); err != nil {
			return entry{}, "", err
		}
		key = strings.ToLower(key)
		e := table[slices.IndexFunc(table, func(e entry) bool { return e.name == meta })]
		e.sent += key
		return e, meta + key, nil
	}
	for _, e := range table {
		if e.name == name && name != meta {
			return e, name, nil
		}
	}
	prefix := name[:len(ofObject)]
	return entry{}, "", fmt.Errorf("there is no such attribute; those of %s* are %s", prefix,
		strings.Join(Names(prefix), ", "))
}

// Names lists the names that begin with prefix, oss. or vod., without it.
func Names(prefix string) []string {
	var list []string
	for _, e := range table {
		if name, ok := strings.CutPrefix(e.name, prefix); ok {
			if e.name == meta {
				name += "KEY"
			}
			list = append(list, name)
		}
	}
	return list
}
