package ossdev

import "net/http"

// rpcCatalog has status and message of every error that the RPC services can send here, or be told to send: those
// that all of them share, VOD's (its "error codes" page and those of its actions), and STS's.
var rpcCatalog = map[string]Error{
	"Forbidden": {Status: 403,
		Message: "User not authorized to operate on the specified resource."},
	"Forbidden.RAM": {Status: 403,
		Message: "User not authorized to operate on the specified resource, or this API doesn't support RAM."},
	"Forbidden.InitFailed": {Status: 403,
		Message: "Initialization of your account has failed while opening service."},
	"Forbidden.AccessKeyDisabled": {Status: 403, Message: "The Access Key is disabled."},
	"IncompleteSignature": {Status: 400,
		Message: "The request signature does not conform to Aliyun standards."},
	"InternalError": {Status: 500,
		Message: "The request processing has failed due to some unknown error, exception or failure."},
	"InvalidAccessKeyId.Inactive": {Status: 400, Message: "Specified access key is disabled."},
	"InvalidAccessKeyId.NotFound": {Status: 404, Message: "Specified access key is not found."},
	"InvalidAction.NotFound": {Status: 404,
		Message: "Specified api is not found, please check your url and method."},
	"InvalidParameter":               {Status: 400, Message: "The specified parameter is not valid."},
	"InvalidSecurityToken.Expired":   {Status: 400, Message: "Specified SecurityToken is expired."},
	"InvalidSecurityToken.Malformed": {Status: 400, Message: "Specified SecurityToken is malformed."},
	"InvalidSecurityToken.MismatchWithAccessKey": {Status: 400,
		Message: "Specified SecurityToken mismatch with the AccessKey."},
	"InvalidTimeStamp.Expired": {Status: 400,
		Message: "Specified time stamp or date value is expired."},
	"InvalidTimeStamp.Format": {Status: 400,
		Message: "Specified time stamp or date value is not well formatted."},
	"InvalidVersion": {Status: 400, Message: "Specified parameter Version is not valid."},
	"MissingParameter": {Status: 400,
		Message: "A required parameter for this action is not supplied."},
	"MissingSecurityToken":      {Status: 400, Message: "SecurityToken is mandatory for this action."},
	"OperationDenied":           {Status: 403, Message: "Your account does not open VOD service yet."},
	"OperationDenied.Suspended": {Status: 403, Message: "Your VOD service is suspended."},
	"ServiceUnAvailable": {Status: 503,
		Message: "The request has failed due to a temporary failure of the server."},
	"ServiceUnavailable": {Status: 503,
		Message: "The request has failed due to a temporary failure of the server."},
	"SignatureDoesNotMatch": {Status: 400,
		Message: "Specified signature is not matched with our calculation."},
	"SignatureNonceUsed": {Status: 400, Message: "Specified signature nonce was used already."},
	"Throttling": {Status: 400,
		Message: "Request was denied due to request throttling."},
	"Throttling.Api": {Status: 400, Message: "Request was denied due to api flow control."},
	"Throttling.User": {Status: 400,
		Message: "Request was denied due to user flow control."},

	"AddVideoFailed": {Status: 503,
		Message: "Adding video has failed due to some unknown error."},
	"IllegalCharacters": {Status: 400,
		Message: "The specified parameter contains illegal emoticon or special characters."},
	"InvalidFileName.Extension": {Status: 400,
		Message: "The specified FileName's extension is illegal."},
	"InvalidMultipartUpload.NotFound": {Status: 400, Message: "The multipart upload not exist."},
	"InvalidStorage.NotFound":         {Status: 404, Message: "The StorageLocation does not exist."},
	"InvalidTemplateGroupId.NotFound": {Status: 404, Message: "The TemplateGroupId does not exist."},
	"InvalidVideo.Damaged":            {Status: 400, Message: "The video has been Damaged."},
	"InvalidVideo.NotFound":           {Status: 404, Message: "The video not exist."},
	"LengthExceededMax": {Status: 400,
		Message: "The specified parameter length has exceeded the maximum."},
	"TagsExceededMax": {Status: 400,
		Message: "The specified Tags count has exceeded 16."},
	"VideoIdsExceededMax": {Status: 400, Message: "The VideoIds exceeded maximum."},
	"EntityNotExist.Role": {Status: 404, Message: "The specified Role not exists."},
	"InvalidParameter.DurationSeconds": {Status: 400,
		Message: "The Min/Max value of DurationSeconds is 15min/1hr."},
	"InvalidParameter.RoleArn": {Status: 400, Message: "The parameter RoleArn is wrongly formed."},
	"InvalidParameter.RoleSessionName": {Status: 400,
		Message: "The parameter RoleSessionName is wrongly formed."},
	"InvalidParameter.FileName": {Status: 400, Message: "The specified FileName is not valid."},
	"InvalidParameter.PolicyGrammar": {Status: 400,
		Message: "The parameter Policy has not passed grammar check."},
	"InvalidParameter.PolicySize": {Status: 400,
		Message: "The size of Policy must be smaller than 1024 bytes."},
	"UserNotFound":                                  {Status: 404, Message: "Your VOD service has not opened."},
	"AuthenticationFail.NoPermission":               {Status: 401, Message: "There is no permission"},
	"AuthenticationFail.OIDCToken.AudienceNotMatch": {Status: 401, Message: "Invalid audience."},
	"AuthenticationFail.OIDCToken.Expired":          {Status: 401, Message: "This JsonWebToken is expired."},
	"AuthenticationFail.OIDCToken.Invalid":          {Status: 401, Message: "The OIDCToken can not empty."},
	"AuthenticationFail.OIDCToken.InvalidSignature": {Status: 401,
		Message: "OIDC token validate failed: invalid signature."},
	"NoPermission": {Status: 403,
		Message: "You are not authorized to do this action. You should be authorized by RAM."},
}

// refusal is the error that an RPC service sends for code, for the caller to refine.
func refusal(code string) *Error {
	e, known := rpcCatalog[code]
	if !known {
		e = Error{Status: http.StatusBadRequest, Message: code}
	}
	e.Code = code
	return &e
}

func missing(parameter string) *Error {
	return refusal("MissingParameter").say(`The input parameter "` + parameter +
		`" that is mandatory for processing this request is not supplied.`)
}

func notValid(parameter string) *Error {
	return refusal("InvalidParameter").say(`The specified parameter "` + parameter + `" is not valid.`)
}

// errorJSON is an error's body in the RPC services.
type errorJSON struct {
	RequestID string `json:"RequestId"`
	HostID    string `json:"HostId"`
	Code      string
	Message   string
	Recommend string
}
