// Package acs calls Alibaba Cloud's RPC services, VOD and STS, through darabonba-openapi, signed by signature version 3
// (ACS3-HMAC-SHA256). It is the only importer of alibabacloud-go.
//
//	Call ── key, x-acs-date by the corrected clock ──► the service ──► JSON, or a *transfer.Error of package verdict
//
// A clock that the service finds too far off is corrected by the Date of its answer, if that can be believed (package
// skew); the next call is signed with that. Of what the service says only code, message and request id are kept,
// without what was signed and without the key.
package acs
