// Package proxy tells through which proxy a URL is asked for. That stands in the environment:
//
//	HTTPS_PROXY   for https:// URLs
//	HTTP_PROXY    for http:// URLs
//	ALL_PROXY     for those of the two that are not set
//	NO_PROXY      hosts that are asked directly
//
// Each may be written in small letters; of both, the one in capitals counts. net/http knows all but ALL_PROXY, and goes
// directly where a proxy is malformed. Here that is an error, since what the user meant to go through a proxy must not
// go past it.
//
// This machine (localhost and names below it, 127.0.0.0/8, ::1) and the metadata service of ECS are always asked
// directly. The latter hands out credentials for this machine: a proxy would ask for its own, and could keep ours.
package proxy
