package ossdev

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
)

// Error is an answer of OSS that is not a success. Its XML is what OSS sends.
type Error struct {
	Status  int    // HTTP
	Code    string // OSS's name for it: NoSuchUpload, ...
	Message string
	EC      string  // OSS's finer code, 0000-00000000; empty where Alibaba Cloud publishes none
	Fields  []Field // what some errors say beyond the usual elements

	detail []Field           // elements of AccessDeniedDetail
	header map[string]string // what a few of them have beside the document
}

// Field is one further element of an error's XML.
type Field struct{ Name, Value string }

func (e *Error) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message) }

// catalog has OSS's usual status, message and EC of every code that this server can send, or be told to send, as OSS's
// documentation has them: "Error responses", its pages of HTTP status codes (429 for QpsLimitExceeded) and of ECs. Of a
// few codes it describes only what they mean; their messages say that.
var catalog = map[string]Error{
	"AbnormalBucketOwnerStatus": {Status: 403, Message: "The status of the bucket owner is abnormal."},
	"AccessDenied": {Status: 403,
		Message: "You have no right to access this object because of bucket acl.", EC: "0003-00000001"},
	"AccessForbidden": {Status: 403, Message: "CORSResponse: This CORS request is not allowed."},
	"AccessKeyIdAndSecurityTokenNotMatch": {Status: 403,
		Message: "The OSS access key id and security token you provided does not match."},
	"ActiveRequestLimitExceeded": {Status: 503, Message: "Max active request limit is exceeded."},
	"BucketAlreadyExists": {Status: 409,
		Message: "The requested bucket name is not available. The bucket namespace is shared by all users of the " +
			"system. Please select a different name and try again."},
	"BucketDisable":     {Status: 403, Message: "BucketDisable."},
	"BucketNotBelongTo": {Status: 403, Message: "The bucket you access does not belong to you."},
	"BucketNotEmpty":    {Status: 409, Message: "The bucket you tried to delete is not empty."},
	"CallbackFailed":    {Status: 203, Message: "Error status : 502."},
	"CnameDenied":       {Status: 403, Message: "The cname belongs to another user."},
	"CpuLimitExceeded":  {Status: 503, Message: "Please reduce your request rate."},
	"DownloadTrafficRateLimitExceeded": {Status: 503, Message: "Please reduce your download request traffic.",
		EC: "0004-00000304"},
	"EntityTooLarge": {Status: 400,
		Message: "Your proposed upload exceeds the maximum allowed size."},
	"EntityTooSmall": {Status: 400,
		Message: "Your proposed upload smaller than the minimum allowed size.", EC: "0042-00000213"},
	"FileAlreadyExists": {Status: 409,
		Message: "The object you specified already exists and can not be overwritten."},
	"FileImmutable":    {Status: 409, Message: "The object you specified is immutable."},
	"FilePartInterity": {Status: 400, Message: "The part's data does not match its checksum."},
	"FilePartNotExist": {Status: 400, Message: "The Part you read had been deleted."},
	"FilePartStale":    {Status: 400, Message: "The part's data does not match its length."},
	"InDebt":           {Status: 403, Message: "Current user is indebted."},
	"InDebtOverdue":    {Status: 403, Message: "Current user is indebted Overdue."},
	"InternalError": {Status: 500,
		Message: "We encountered an internal error. Please try again."},
	"InvalidAccessKeyId": {Status: 403,
		Message: "The OSS Access Key Id you provided does not exist in our records.", EC: "0002-00000902"},
	"InvalidArgument":   {Status: 400, Message: "Invalid Argument."},
	"InvalidBucketName": {Status: 400, Message: "The specified bucket is not valid."},
	"InvalidDigest": {Status: 400, Message: "The Content-MD5 you specified was invalid.",
		EC: "0017-00000503"},
	"InvalidEncryptionAlgorithmError": {Status: 400, Message: "The Encryption request you specified is not valid."},
	"InvalidObjectName":               {Status: 400, Message: "The specified object is not valid."},
	"InvalidObjectState":              {Status: 403, Message: "The operation is not valid for the object's state."},
	"InvalidPart": {Status: 400,
		Message: "One or more of the specified parts could not be found or the specified entity tag might not have " +
			"matched the part's entity tag."},
	"InvalidPartOrder": {Status: 400,
		Message: "The list of parts was not in ascending order. Parts list must specified in order by part number.",
		EC:      "0042-00000209"},
	"InvalidRange": {Status: 416, Message: "The requested range cannot be satisfied."},
	"InvalidSecurityToken": {Status: 403, Message: "The security token you provided is invalid.",
		EC: "0002-00000008"},
	"InvalidTag":           {Status: 400, Message: "The TagKey you have provided is invalid."},
	"KmsInDebt":            {Status: 403, Message: "Current user is indebted."},
	"KmsInDebtOverdue":     {Status: 403, Message: "Current user is indebted Overdue."},
	"KmsServiceNotEnabled": {Status: 403, Message: "The KMS service is not enabled."},
	"KmsUbsmsInvalidBid":   {Status: 403, Message: "Your account partner does not have KMS Service."},
	"MalformedXML": {Status: 400,
		Message: "The XML you provided was not well-formed or did not validate against our published schema."},
	"MetaOperationQpsLimitExceeded": {Status: 503, Message: "Qps limit for the meta operation is exceeded."},
	"MethodNotAllowed": {Status: 405,
		Message: "The specified method is not allowed against this resource."},
	"MissingArgument":      {Status: 400, Message: "Missing Some Required Arguments."},
	"MissingContentLength": {Status: 411, Message: "You must provide the Content-Length HTTP header."},
	"NoSuchBucket": {Status: 404, Message: "The specified bucket does not exist.",
		EC: "0015-00000101"},
	"NoSuchKey": {Status: 404, Message: "The specified key does not exist.",
		EC: "0026-00000001"},
	"NoSuchLifecycle": {Status: 404, Message: "No Row found in Lifecycle Table."},
	"NoSuchUpload": {Status: 404,
		Message: "The specified upload does not exist. The upload ID may be invalid, " +
			"or the upload may have been aborted or completed.", EC: "0042-00000002"},
	"NonStandardHostForbidden": {Status: 403,
		Message: "Your host is invalid. Please use Open Storage Service standard host."},
	"NotImplemented": {Status: 501,
		Message: "The development endpoint does not implement this request."},
	"ObjectNotAppendable": {Status: 409, Message: "The object is not appendable."},
	"PermanentRedirect": {Status: 403,
		Message: "The bucket you are attempting to access must be addressed using the specified endpoint. " +
			"Please send all future requests to this endpoint."},
	"PositionNotEqualToLength": {Status: 409, Message: "Position is not equal to file length."},
	"PreconditionFailed": {Status: 412,
		Message: "At least one of the pre-conditions you specified did not hold."},
	"PublicEndpointForbidden": {Status: 400,
		Message: "Not allowed using the OSS public endpoint, please use CNAME instead.", EC: "0048-00000401"},
	"QpsLimitExceeded": {Status: 429, Message: "Please reduce your request rate."},
	"RequestTimeTooSkewed": {Status: 403,
		Message: "The difference between the request time and the current time is too large.", EC: "0002-00000504"},
	"RequestTimeout": {Status: 400,
		Message: "Your socket connection to the server was not read from or written to within the timeout period."},
	"SecondLevelDomainForbidden": {Status: 403,
		Message: "The bucket you are attempting to access must be addressed using OSS third level domain."},
	"SecurityTokenExpired": {Status: 403, Message: "The security token you provided has expired.",
		EC: "0002-00000007"},
	"SecurityTokenNotSupported": {Status: 403, Message: "This interface does not support security token."},
	"ServiceUnavailable": {Status: 503,
		Message: "Service is temporarily unavailable. Please try again."},
	"SignatureDoesNotMatch": {Status: 403,
		Message: "The request signature we calculated does not match the signature you provided. " +
			"Check your key and signing method.", EC: "0002-00000040"},
	"Throttling": {Status: 429, Message: "Request was denied due to request throttling."},
	"TooManyBuckets": {Status: 400,
		Message: "You have attempted to create more buckets than allowed."},
	"TotalQpsLimitExceeded": {Status: 503, Message: "Max total qps limit is exceeded.",
		EC: "0004-00000302"},
	"TrafficRateLimitExceeded":     {Status: 503, Message: "Please reduce your traffic rate."},
	"TransferAccelerationDisabled": {Status: 403, Message: "Transfer acceleration is disabled."},
	"UbsmsInvalidBid":              {Status: 403, Message: "Your account partner does not have KMS Service."},
	"UploadTrafficRateLimitExceeded": {Status: 503, Message: "Please reduce your upload request traffic.",
		EC: "0004-00000304"},
	"UserDisable": {Status: 403, Message: "UserDisable", EC: "0003-00000801"},
}

// fail is the error that OSS sends for code, for the caller to refine.
func fail(code string) *Error {
	e, known := catalog[code]
	if !known {
		e = Error{Status: http.StatusBadRequest, Message: code}
	}
	e.Code = code
	return &e
}

// with adds an element to the XML.
func (e *Error) with(name, value string) *Error {
	e.Fields = append(e.Fields, Field{name, value})
	return e
}

// say replaces the usual message; the usual EC belongs to that and goes too.
func (e *Error) say(message string) *Error {
	e.Message, e.EC = message, ""
	return e
}

// finer sets the EC.
func (e *Error) finer(ec string) *Error {
	e.EC = ec
	return e
}

// invalid is InvalidArgument with the argument's name and value, as OSS sends it.
func invalid(name, value, message string) *Error {
	return fail("InvalidArgument").say(message).with("ArgumentName", name).with("ArgumentValue", value)
}

// document is the body of the answer.
func (e *Error) document(requestID, host string) []byte {
	var b bytes.Buffer
	element := func(name, value string) {
		fmt.Fprintf(&b, "  <%s>", name)
		_ = xml.EscapeText(&b, []byte(value)) // a Buffer takes every write; control characters become U+FFFD
		fmt.Fprintf(&b, "</%s>\n", name)
	}
	b.WriteString(xml.Header + "<Error>\n")
	element("Code", e.Code)
	element("Message", e.Message)
	element("RequestId", requestID)
	element("HostId", host)
	for _, f := range e.Fields {
		element(f.Name, f.Value)
	}
	if len(e.detail) > 0 {
		b.WriteString("  <AccessDeniedDetail>\n")
		for _, f := range e.detail {
			element(f.Name, f.Value)
		}
		b.WriteString("  </AccessDeniedDetail>\n")
	}
	if e.EC != "" {
		element("EC", e.EC)
		element("RecommendDoc", "https://api.aliyun.com/troubleshoot?q="+e.EC)
	}
	b.WriteString("</Error>\n")
	return b.Bytes()
}
