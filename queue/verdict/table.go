package verdict

import "inboxfs/queue/transfer"

// RenewHint is what to do about credentials that are of no use any more.
const RenewHint = "give new credentials by resumeUploadWithToken"

// row is what an error code means, and where that is known from.
type row struct {
	kind   transfer.Kind
	hint   string
	source string
}

// Where a row is known from.
const (
	ossDoc = "OSS API reference: error responses by HTTP status (400 to 503), PutObject, CompleteMultipartUpload, " +
		"EC pages"
	vodDoc = "VOD API reference: error codes of CreateUploadVideo, RefreshUploadVideo and of all actions"
	popDoc = "Alibaba Cloud OpenAPI: common errors of RPC APIs"
	stsDoc = "STS API reference: error codes of AssumeRole"
	sdkSrc = "published source of the VOD upload SDKs, which take it so"
)

// vanishing are codes for an access key that is not known: with a token that is one whose time is over (the upload SDKs
// take it so), without one a key that never was.
var vanishing = map[string]bool{"InvalidAccessKeyId": true, "InvalidAccessKeyId.NotFound": true,
	"InvalidAccessKeyId.Inactive": true}

// Rights is what to do about a refusal of which nobody says the reason.
const Rights = "grant oss:PutObject, oss:AbortMultipartUpload, oss:ListParts, " +
	"oss:ListMultipartUploads and oss:GetObject on the bucket"

// What a user can do about several codes.
const (
	notYours = "correct the bucket's name, or use an access key of the account that owns it, " +
		"or one to which its owner grants the rights"
	account = "the account is disabled, not paid for or not set up: see the Alibaba Cloud console"
	kms     = "enable and pay for KMS, or change the encryption of the bucket or the file"
	public  = "accounts opened since 2025-03-20 send no data to the public endpoints of the mainland: " +
		"bind a domain of your own to the bucket and set it as oss.endpoint " +
		"with oss.cname = true, or use the internal endpoint on a machine of that region, or the acceleration endpoint"
	address   = "check bucket, region and endpoint: the bucket must be asked at an endpoint of its own region"
	full      = "the bucket is as full as its storage quota allows: raise that, or delete objects, then retry"
	attribute = "correct the file's attributes or upload.attributes; the message says which value is not taken"
	parts     = "try again; if it fails again, remove the attributes of the file or set another part size"
	vodRights = "grant vod:CreateUploadVideo, vod:RefreshUploadVideo, vod:CreateUploadImage, " +
		"vod:CreateUploadAttachedMedia and vod:DeleteMultipartUpload"
	vodOpen = "open VOD in the Alibaba Cloud console for this region"
	ours    = "the VOD endpoint does not know this request: check that it is the right one"
)

// table has every code that the services document for the requests that are made here, and every one about which a user
// can do something. Others are judged by their HTTP status.
var table = map[string]row{
	// Credentials that must be renewed. See also vanishing.
	"SecurityTokenExpired":                       {transfer.Renew, RenewHint, ossDoc},
	"InvalidSecurityToken":                       {transfer.Renew, RenewHint, ossDoc},
	"AccessKeyIdAndSecurityTokenNotMatch":        {transfer.Renew, RenewHint, ossDoc},
	"InvalidSecurityToken.Expired":               {transfer.Renew, RenewHint, popDoc},
	"InvalidSecurityToken.Malformed":             {transfer.Renew, RenewHint, popDoc},
	"InvalidSecurityToken.MismatchWithAccessKey": {transfer.Renew, RenewHint, popDoc},
	"MissingSecurityToken":                       {transfer.Renew, RenewHint, stsDoc},
	"UploadTokenExpired":                         {transfer.Renew, RenewHint, sdkSrc},

	// Keys that are wrong, and stay so.
	"InvalidAccessKeyId":          {transfer.Final, "check the access key: it does not exist or is disabled", ossDoc},
	"InvalidAccessKeyId.NotFound": {transfer.Final, "check the access key: it does not exist", popDoc},
	"InvalidAccessKeyId.Inactive": {transfer.Final, "enable the access key or use another", popDoc},
	"Forbidden.AccessKeyDisabled": {transfer.Final, "enable the access key or use another", popDoc},
	"SignatureDoesNotMatch":       {transfer.Final, "check the access key secret", ossDoc},
	"IncompleteSignature":         {transfer.Final, "check the access key secret", popDoc},
	"SecurityTokenNotSupported": {transfer.Final,
		"use a long-term key: this region or service takes no security token", ossDoc},

	// Too many requests, or too many bytes: it slows down. Others of such names do, too (see throttling).
	"QpsLimitExceeded":                 {transfer.Resumable, "", ossDoc},
	"TotalQpsLimitExceeded":            {transfer.Resumable, "", ossDoc},
	"MetaOperationQpsLimitExceeded":    {transfer.Resumable, "", ossDoc},
	"UploadTrafficRateLimitExceeded":   {transfer.Resumable, "", ossDoc},
	"DownloadTrafficRateLimitExceeded": {transfer.Resumable, "", ossDoc},
	"TrafficRateLimitExceeded":         {transfer.Resumable, "", ossDoc},
	"ActiveRequestLimitExceeded":       {transfer.Resumable, "", ossDoc},
	"CpuLimitExceeded":                 {transfer.Resumable, "", ossDoc},
	"Throttling":                       {transfer.Resumable, "", popDoc},
	"Throttling.User":                  {transfer.Resumable, "", popDoc},
	"Throttling.Api":                   {transfer.Resumable, "", popDoc},

	// The service's own trouble.
	"InternalError":      {transfer.Resumable, "", ossDoc},
	"ServiceUnavailable": {transfer.Resumable, "", ossDoc},
	"ServiceUnAvailable": {transfer.Resumable, "", vodDoc},
	"AddVideoFailed":     {transfer.Resumable, "", vodDoc},

	// 4xx that pass.
	"RequestTimeout":           {transfer.Resumable, "", ossDoc},
	"RequestTimeTooSkewed":     {transfer.Resumable, "", ossDoc}, // after correcting the clock
	"InvalidTimeStamp.Expired": {transfer.Resumable, "", popDoc}, // likewise
	"SignatureNonceUsed":       {transfer.Resumable, "", popDoc},
	"NoSuchUpload":             {transfer.Resumable, "", ossDoc}, // started over, once
	"InvalidVideo.NotFound":    {transfer.Resumable, "", sdkSrc}, // created anew, once
	"InvalidPart":              {transfer.Resumable, "", ossDoc}, // sent again, once
	"FilePartNotExist":         {transfer.Resumable, "", ossDoc}, // likewise
	"FilePartStale":            {transfer.Resumable, "", ossDoc}, // likewise
	"FilePartInterity":         {transfer.Resumable, "", ossDoc}, // likewise; it is spelled so
	"InvalidDigest":            {transfer.Resumable, "", ossDoc},

	// 5xx that do not.
	"NotImplemented": {transfer.Final, "the endpoint does not know this request: check that it is the right one",
		ossDoc},

	// OSS: what the user can mend.
	"AccessDenied":      {transfer.Final, Rights + ", and check bucket, region and endpoint", ossDoc},
	"NoSuchBucket":      {transfer.Final, "create the bucket or correct its name", ossDoc},
	"InvalidBucketName": {transfer.Final, "correct the bucket's name", ossDoc},
	"InvalidObjectName": {transfer.Final, "rename the file", ossDoc},
	"InvalidArgument":   {transfer.Final, attribute, ossDoc},
	"MissingArgument":   {transfer.Final, attribute, ossDoc},
	"FileAlreadyExists": {transfer.Final, "rename the file, remove the object, or set overwrite = \"replace\"",
		ossDoc},
	"FileImmutable": {transfer.Final, "the bucket's retention policy protects this object: use another name",
		ossDoc},
	"ObjectNotAppendable": {transfer.Final, "rename the file or remove the object", ossDoc},
	"InvalidObjectState":  {transfer.Final, "restore the archived object of that name, or use another name", ossDoc},
	"PreconditionFailed": {transfer.Final, "the object is not as it should be: rename the file or remove the object",
		ossDoc},
	"EntityTooLarge":   {transfer.Final, "split the file", ossDoc},
	"EntityTooSmall":   {transfer.Final, "set a part size of at least 100 KiB", ossDoc},
	"InvalidPartOrder": {transfer.Final, parts, ossDoc},
	"MalformedXML":     {transfer.Final, parts, ossDoc},
	"MissingContentLength": {transfer.Final, "something between here and OSS changes requests: check the proxy",
		ossDoc},
	"MethodNotAllowed": {transfer.Final,
		"something between here and OSS changes requests: check endpoint and proxy", ossDoc},
	"InvalidTag": {transfer.Final, "correct the attribute oss.tagging of the file or the configuration",
		ossDoc},

	"InvalidEncryptionAlgorithmError": {transfer.Final,
		"correct the attribute oss.server-side-encryption of the file or the configuration", ossDoc},

	"PublicEndpointForbidden":    {transfer.Final, public, ossDoc},
	"PermanentRedirect":          {transfer.Final, address, ossDoc},
	"SecondLevelDomainForbidden": {transfer.Final, address, ossDoc},
	"NonStandardHostForbidden":   {transfer.Final, address, ossDoc},
	"CnameDenied":                {transfer.Final, address, ossDoc},
	"TransferAccelerationDisabled": {transfer.Final,
		"enable transfer acceleration for the bucket, or use the endpoint of its region", ossDoc},

	"UserDisable":               {transfer.Final, account, ossDoc},
	"BucketDisable":             {transfer.Final, account, ossDoc},
	"AbnormalBucketOwnerStatus": {transfer.Final, account, ossDoc},
	"InDebt":                    {transfer.Final, account, ossDoc},
	"InDebtOverdue":             {transfer.Final, account, ossDoc},
	"KmsServiceNotEnabled":      {transfer.Final, kms, ossDoc},
	"KmsUbsmsInvalidBid":        {transfer.Final, kms, ossDoc},
	"UbsmsInvalidBid":           {transfer.Final, kms, ossDoc},
	"BucketNotBelongTo":         {transfer.Final, notYours, ossDoc},
	"KmsInDebt":                 {transfer.Final, kms, ossDoc},
	"KmsInDebtOverdue":          {transfer.Final, kms, ossDoc},

	// VOD: what the user can mend.
	"InvalidFileName.Extension": {transfer.Final, "give the file the extension of a media type that VOD takes",
		vodDoc},
	"InvalidParameter.FileName": {transfer.Final, "give the file another name", sdkSrc},
	"IllegalCharacters": {transfer.Final,
		"correct title, description or tags: emoji and control characters are not taken", vodDoc},
	"LengthExceededMax":               {transfer.Final, "shorten title, description or another attribute", vodDoc},
	"TagsExceededMax":                 {transfer.Final, "use at most 16 tags", vodDoc},
	"MissingParameter":                {transfer.Final, attribute, vodDoc},
	"InvalidParameter":                {transfer.Final, attribute, vodDoc},
	"InvalidTemplateGroupId.NotFound": {transfer.Final, "correct user.vod.template-group", vodDoc},
	"InvalidStorage.NotFound": {transfer.Final,
		"correct user.vod.storage-location, or enable storage in the VOD console", vodDoc},
	"InvalidVideo.Damaged": {transfer.Final, "upload the file under another name", vodDoc},
	"Forbidden":            {transfer.Final, vodRights, vodDoc},
	"Forbidden.RAM":        {transfer.Final, vodRights, popDoc},
	"NoPermission":         {transfer.Final, vodRights, popDoc},
	"Forbidden.InitFailed": {transfer.Final, vodOpen, vodDoc},
	"OperationDenied":      {transfer.Final, vodOpen, vodDoc},
	"UserNotFound":         {transfer.Final, vodOpen, vodDoc},
	"OperationDenied.Suspended": {transfer.Final,
		"the account is suspended or in arrears: see the Alibaba Cloud console", vodDoc},
	"InvalidAction.NotFound":  {transfer.Final, ours, popDoc},
	"InvalidVersion":          {transfer.Final, ours, popDoc},
	"InvalidTimeStamp.Format": {transfer.Final, ours, popDoc},
}
