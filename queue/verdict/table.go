package verdict

import "inboxfs/queue"

// RenewHint is what to do about credentials that are of no use any more.
const RenewHint = "give new credentials: write resumeUploadWithToken ID SECRET TOKEN to control"

// row is what an error code means, and where that is known from.
type row struct {
	kind   queue.Kind
	hint   string
	source string
}

// Where a row is known from.
const (
	ossDoc = "OSS API reference, error responses and EC pages"
	vodDoc = "VOD API reference, error codes of CreateUploadVideo, RefreshUploadVideo and CreateUploadImage"
	popDoc = "Alibaba Cloud OpenAPI, common errors of RPC APIs"
	sdkSrc = "published source of the VOD upload SDKs, which take it so"
)

// vanishing are codes for an access key that is not known: with a token that is one whose time is over (the upload SDKs
// take it so), without one a key that never was.
var vanishing = map[string]bool{"InvalidAccessKeyId": true, "InvalidAccessKeyId.NotFound": true, "InvalidAccessKeyId.Inactive": true}

// table has every code whose meaning does not follow from its HTTP status, and every one about which a user can do
// something.
var table = map[string]row{
	// Credentials that must be renewed. See also vanishing.
	"SecurityTokenExpired":                       {queue.Renew, RenewHint, ossDoc},
	"InvalidSecurityToken":                       {queue.Renew, RenewHint, ossDoc},
	"InvalidSecurityToken.Expired":               {queue.Renew, RenewHint, popDoc},
	"InvalidSecurityToken.Malformed":             {queue.Renew, RenewHint, popDoc},
	"InvalidSecurityToken.MismatchWithAccessKey": {queue.Renew, RenewHint, popDoc},
	"UploadTokenExpired":                         {queue.Renew, RenewHint, sdkSrc},

	// Keys that are wrong, and stay so.
	"InvalidAccessKeyId":          {queue.Final, "check the access key: it does not exist or is disabled", ossDoc},
	"InvalidAccessKeyId.NotFound": {queue.Final, "check the access key: it does not exist", popDoc},
	"InvalidAccessKeyId.Inactive": {queue.Final, "enable the access key or use another", popDoc},
	"SignatureDoesNotMatch":       {queue.Final, "check the access key secret, the region and the signature version", ossDoc},
	"IncompleteSignature":         {queue.Final, "check the access key secret", popDoc},

	// 4xx that pass.
	"RequestTimeout":           {queue.Resumable, "", ossDoc},
	"RequestTimeTooSkewed":     {queue.Resumable, "", ossDoc}, // after correcting the clock
	"InvalidTimeStamp.Expired": {queue.Resumable, "", popDoc}, // likewise
	"SignatureNonceUsed":       {queue.Resumable, "", popDoc},
	"NoSuchUpload":             {queue.Resumable, "", ossDoc}, // started over, once
	"InvalidVideo.NotFound":    {queue.Resumable, "", sdkSrc}, // created anew, once
	"InvalidDigest":            {queue.Resumable, "", ossDoc},
	"BadDigest":                {queue.Resumable, "", ossDoc},
	"IncompleteBody":           {queue.Resumable, "", ossDoc},
	"OperationAborted":         {queue.Resumable, "", ossDoc},
	"SlowDown":                 {queue.Resumable, "", ossDoc},
	"TooManyRequests":          {queue.Resumable, "", ossDoc},

	// 5xx that do not.
	"NotImplemented": {queue.Final, "the endpoint does not know this request: check that it is the right one", ossDoc},

	// OSS: what the user can mend.
	"AccessDenied":         {queue.Final, "grant oss:PutObject, oss:AbortMultipartUpload, oss:ListParts, oss:ListMultipartUploads and oss:GetObject on the bucket, and check bucket, region and endpoint", ossDoc},
	"NoSuchBucket":         {queue.Final, "create the bucket or correct its name", ossDoc},
	"InvalidBucketName":    {queue.Final, "correct the bucket's name", ossDoc},
	"InvalidObjectName":    {queue.Final, "rename the file", ossDoc},
	"FileAlreadyExists":    {queue.Final, "rename the file, remove the object, or set overwrite = \"replace\"", ossDoc},
	"FileImmutable":        {queue.Final, "the bucket's retention policy protects this object: use another name", ossDoc},
	"ObjectNotAppendable":  {queue.Final, "rename the file or remove the object", ossDoc},
	"EntityTooLarge":       {queue.Final, "split the file", ossDoc},
	"EntityTooSmall":       {queue.Final, "set a part size of at least 100 KiB", ossDoc},
	"UserDisable":          {queue.Final, "the account is disabled or in arrears: see the Alibaba Cloud console", ossDoc},
	"KmsServiceNotEnabled": {queue.Final, "enable KMS or change the bucket's encryption", ossDoc},
	"InvalidStorageClass":  {queue.Final, "correct the storage class", ossDoc},
	"InvalidTag":           {queue.Final, "correct the attribute oss.tagging of the file or the configuration", ossDoc},

	"InvalidEncryptionAlgorithmError": {queue.Final, "correct the attribute oss.server-side-encryption of the file or the configuration", ossDoc},

	// VOD: what the user can mend.
	"InvalidFileName.Extension":       {queue.Final, "give the file the extension of a media type that VOD takes", vodDoc},
	"IllegalCharacters":               {queue.Final, "correct title, description or tags: emoji and control characters are not taken", vodDoc},
	"LengthExceededMax":               {queue.Final, "shorten title, description or another attribute", vodDoc},
	"TagsExceededMax":                 {queue.Final, "use at most 16 tags", vodDoc},
	"InvalidTemplateGroupId.NotFound": {queue.Final, "correct user.vod.template-group", vodDoc},
	"InvalidStorage.NotFound":         {queue.Final, "correct user.vod.storage-location, or enable storage in the VOD console", vodDoc},
	"InvalidVideo.Damaged":            {queue.Final, "upload the file under another name", vodDoc},
	"Forbidden":                       {queue.Final, "grant vod:CreateUploadVideo, vod:RefreshUploadVideo, vod:CreateUploadImage, vod:CreateUploadAttachedMedia and vod:DeleteMultipartUpload", vodDoc},
	"Forbidden.RAM":                   {queue.Final, "grant vod:CreateUploadVideo, vod:RefreshUploadVideo, vod:CreateUploadImage, vod:CreateUploadAttachedMedia and vod:DeleteMultipartUpload", popDoc},
	"Forbidden.InitFailed":            {queue.Final, "open VOD in the Alibaba Cloud console for this region", vodDoc},
	"OperationDenied":                 {queue.Final, "open VOD in the Alibaba Cloud console for this region", vodDoc},
	"OperationDenied.Suspended":       {queue.Final, "the account is suspended or in arrears: see the Alibaba Cloud console", vodDoc},
	"AddVideoFailed":                  {queue.Resumable, "", vodDoc},
}
