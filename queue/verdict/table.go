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
	ossDoc = "OSS API reference: error responses by HTTP status (400 to 503), PutObject, CompleteMultipartUpload, EC pages"
	vodDoc = "VOD API reference: error codes of CreateUploadVideo, RefreshUploadVideo and of all actions"
	popDoc = "Alibaba Cloud OpenAPI: common errors of RPC APIs"
	stsDoc = "STS API reference: error codes of AssumeRole"
	sdkSrc = "published source of the VOD upload SDKs, which take it so"
)

// vanishing are codes for an access key that is not known: with a token that is one whose time is over (the upload SDKs
// take it so), without one a key that never was.
var vanishing = map[string]bool{"InvalidAccessKeyId": true, "InvalidAccessKeyId.NotFound": true, "InvalidAccessKeyId.Inactive": true}

// Rights is what to do about a refusal of which nobody says the reason.
const Rights = "grant oss:PutObject, oss:AbortMultipartUpload, oss:ListParts, oss:ListMultipartUploads and oss:GetObject on the bucket"

// What a user can do about several codes.
const (
	notYours = "correct the bucket's name, or use an access key of the account that owns it, or one to which its owner grants the rights"
	account  = "the account is disabled, not paid for or not set up: see the Alibaba Cloud console"
	kms      = "enable and pay for KMS, or change the encryption of the bucket or the file"
	public   = "accounts opened since 2025-03-20 send no data to the public endpoints of the mainland: bind a domain of your own to the bucket and set it as oss.endpoint " +
		"with oss.cname = true, or use the internal endpoint on a machine of that region, or the acceleration endpoint"
	address   = "check bucket, region and endpoint: the bucket must be asked at an endpoint of its own region"
	full      = "the bucket is as full as its storage quota allows: raise that, or delete objects, then retry"
	attribute = "correct the file's attributes or upload.attributes; the message says which value is not taken"
	parts     = "try again; if it fails again, remove the attributes of the file or set another part size"
	vodRights = "grant vod:CreateUploadVideo, vod:RefreshUploadVideo, vod:CreateUploadImage, vod:CreateUploadAttachedMedia and vod:DeleteMultipartUpload"
	vodOpen   = "open VOD in the Alibaba Cloud console for this region"
	ours      = "the VOD endpoint does not know this request: check that it is the right one"
)

// table has every code that the services document for the requests that are made here, and every one about which a user
// can do something. Others are judged by their HTTP status.
var table = map[string]row{
	// Credentials that must be renewed. See also vanishing.
	"SecurityTokenExpired":                       {queue.Renew, RenewHint, ossDoc},
	"InvalidSecurityToken":                       {queue.Renew, RenewHint, ossDoc},
	"AccessKeyIdAndSecurityTokenNotMatch":        {queue.Renew, RenewHint, ossDoc},
	"InvalidSecurityToken.Expired":               {queue.Renew, RenewHint, popDoc},
	"InvalidSecurityToken.Malformed":             {queue.Renew, RenewHint, popDoc},
	"InvalidSecurityToken.MismatchWithAccessKey": {queue.Renew, RenewHint, popDoc},
	"MissingSecurityToken":                       {queue.Renew, RenewHint, stsDoc},
	"UploadTokenExpired":                         {queue.Renew, RenewHint, sdkSrc},

	// Keys that are wrong, and stay so.
	"InvalidAccessKeyId":          {queue.Final, "check the access key: it does not exist or is disabled", ossDoc},
	"InvalidAccessKeyId.NotFound": {queue.Final, "check the access key: it does not exist", popDoc},
	"InvalidAccessKeyId.Inactive": {queue.Final, "enable the access key or use another", popDoc},
	"Forbidden.AccessKeyDisabled": {queue.Final, "enable the access key or use another", popDoc},
	"SignatureDoesNotMatch":       {queue.Final, "check the access key secret", ossDoc},
	"IncompleteSignature":         {queue.Final, "check the access key secret", popDoc},
	"SecurityTokenNotSupported":   {queue.Final, "use a long-term key: this region or service takes no security token", ossDoc},

	// Too many requests, or too many bytes: it slows down. Others of such names do, too (see throttling).
	"QpsLimitExceeded":                 {queue.Resumable, "", ossDoc},
	"TotalQpsLimitExceeded":            {queue.Resumable, "", ossDoc},
	"MetaOperationQpsLimitExceeded":    {queue.Resumable, "", ossDoc},
	"UploadTrafficRateLimitExceeded":   {queue.Resumable, "", ossDoc},
	"DownloadTrafficRateLimitExceeded": {queue.Resumable, "", ossDoc},
	"TrafficRateLimitExceeded":         {queue.Resumable, "", ossDoc},
	"ActiveRequestLimitExceeded":       {queue.Resumable, "", ossDoc},
	"CpuLimitExceeded":                 {queue.Resumable, "", ossDoc},
	"Throttling":                       {queue.Resumable, "", popDoc},
	"Throttling.User":                  {queue.Resumable, "", popDoc},
	"Throttling.Api":                   {queue.Resumable, "", popDoc},

	// The service's own trouble.
	"InternalError":      {queue.Resumable, "", ossDoc},
	"ServiceUnavailable": {queue.Resumable, "", ossDoc},
	"ServiceUnAvailable": {queue.Resumable, "", vodDoc},
	"AddVideoFailed":     {queue.Resumable, "", vodDoc},

	// 4xx that pass.
	"RequestTimeout":           {queue.Resumable, "", ossDoc},
	"RequestTimeTooSkewed":     {queue.Resumable, "", ossDoc}, // after correcting the clock
	"InvalidTimeStamp.Expired": {queue.Resumable, "", popDoc}, // likewise
	"SignatureNonceUsed":       {queue.Resumable, "", popDoc},
	"NoSuchUpload":             {queue.Resumable, "", ossDoc}, // started over, once
	"InvalidVideo.NotFound":    {queue.Resumable, "", sdkSrc}, // created anew, once
	"InvalidPart":              {queue.Resumable, "", ossDoc}, // sent again, once
	"FilePartNotExist":         {queue.Resumable, "", ossDoc}, // likewise
	"FilePartStale":            {queue.Resumable, "", ossDoc}, // likewise
	"FilePartInterity":         {queue.Resumable, "", ossDoc}, // likewise; it is spelled so
	"InvalidDigest":            {queue.Resumable, "", ossDoc},

	// 5xx that do not.
	"NotImplemented": {queue.Final, "the endpoint does not know this request: check that it is the right one", ossDoc},

	// OSS: what the user can mend.
	"AccessDenied":         {queue.Final, Rights + ", and check bucket, region and endpoint", ossDoc},
	"NoSuchBucket":         {queue.Final, "create the bucket or correct its name", ossDoc},
	"InvalidBucketName":    {queue.Final, "correct the bucket's name", ossDoc},
	"InvalidObjectName":    {queue.Final, "rename the file", ossDoc},
	"InvalidArgument":      {queue.Final, attribute, ossDoc},
	"MissingArgument":      {queue.Final, attribute, ossDoc},
	"FileAlreadyExists":    {queue.Final, "rename the file, remove the object, or set overwrite = \"replace\"", ossDoc},
	"FileImmutable":        {queue.Final, "the bucket's retention policy protects this object: use another name", ossDoc},
	"ObjectNotAppendable":  {queue.Final, "rename the file or remove the object", ossDoc},
	"InvalidObjectState":   {queue.Final, "restore the archived object of that name, or use another name", ossDoc},
	"PreconditionFailed":   {queue.Final, "the object is not as it should be: rename the file or remove the object", ossDoc},
	"EntityTooLarge":       {queue.Final, "split the file", ossDoc},
	"EntityTooSmall":       {queue.Final, "set a part size of at least 100 KiB", ossDoc},
	"InvalidPartOrder":     {queue.Final, parts, ossDoc},
	"MalformedXML":         {queue.Final, parts, ossDoc},
	"MissingContentLength": {queue.Final, "something between here and OSS changes requests: check the proxy", ossDoc},
	"MethodNotAllowed":     {queue.Final, "something between here and OSS changes requests: check endpoint and proxy", ossDoc},
	"InvalidTag":           {queue.Final, "correct the attribute oss.tagging of the file or the configuration", ossDoc},

	"InvalidEncryptionAlgorithmError": {queue.Final, "correct the attribute oss.server-side-encryption of the file or the configuration", ossDoc},

	"PublicEndpointForbidden":      {queue.Final, public, ossDoc},
	"PermanentRedirect":            {queue.Final, address, ossDoc},
	"SecondLevelDomainForbidden":   {queue.Final, address, ossDoc},
	"NonStandardHostForbidden":     {queue.Final, address, ossDoc},
	"CnameDenied":                  {queue.Final, address, ossDoc},
	"TransferAccelerationDisabled": {queue.Final, "enable transfer acceleration for the bucket, or use the endpoint of its region", ossDoc},

	"UserDisable":               {queue.Final, account, ossDoc},
	"BucketDisable":             {queue.Final, account, ossDoc},
	"AbnormalBucketOwnerStatus": {queue.Final, account, ossDoc},
	"InDebt":                    {queue.Final, account, ossDoc},
	"InDebtOverdue":             {queue.Final, account, ossDoc},
	"KmsServiceNotEnabled":      {queue.Final, kms, ossDoc},
	"KmsUbsmsInvalidBid":        {queue.Final, kms, ossDoc},
	"UbsmsInvalidBid":           {queue.Final, kms, ossDoc},
	"BucketNotBelongTo":         {queue.Final, notYours, ossDoc},
	"KmsInDebt":                 {queue.Final, kms, ossDoc},
	"KmsInDebtOverdue":          {queue.Final, kms, ossDoc},

	// VOD: what the user can mend.
	"InvalidFileName.Extension":       {queue.Final, "give the file the extension of a media type that VOD takes", vodDoc},
	"InvalidParameter.FileName":       {queue.Final, "give the file another name", sdkSrc},
	"IllegalCharacters":               {queue.Final, "correct title, description or tags: emoji and control characters are not taken", vodDoc},
	"LengthExceededMax":               {queue.Final, "shorten title, description or another attribute", vodDoc},
	"TagsExceededMax":                 {queue.Final, "use at most 16 tags", vodDoc},
	"MissingParameter":                {queue.Final, attribute, vodDoc},
	"InvalidParameter":                {queue.Final, attribute, vodDoc},
	"InvalidTemplateGroupId.NotFound": {queue.Final, "correct user.vod.template-group", vodDoc},
	"InvalidStorage.NotFound":         {queue.Final, "correct user.vod.storage-location, or enable storage in the VOD console", vodDoc},
	"InvalidVideo.Damaged":            {queue.Final, "upload the file under another name", vodDoc},
	"Forbidden":                       {queue.Final, vodRights, vodDoc},
	"Forbidden.RAM":                   {queue.Final, vodRights, popDoc},
	"NoPermission":                    {queue.Final, vodRights, popDoc},
	"Forbidden.InitFailed":            {queue.Final, vodOpen, vodDoc},
	"OperationDenied":                 {queue.Final, vodOpen, vodDoc},
	"UserNotFound":                    {queue.Final, vodOpen, vodDoc},
	"OperationDenied.Suspended":       {queue.Final, "the account is suspended or in arrears: see the Alibaba Cloud console", vodDoc},
	"InvalidAction.NotFound":          {queue.Final, ours, popDoc},
	"InvalidVersion":                  {queue.Final, ours, popDoc},
	"InvalidTimeStamp.Format":         {queue.Final, ours, popDoc},
}
