// Package verdict says what an error of OSS or VOD means for the file and the queue:
//
//	Final      the file fails at once, its data is kept, the queue goes on
//	Resumable  the request is made again later; other files go on
//	Renew      the credentials are of no use any more: nothing is tried until there are new ones
//
// All that is known of codes stands in one table, table.go, with where it is known from; what one code can mean in
// several ways, in cause.go, and what to do when there was no answer, in unanswered.go, proxied.go and insecure.go.
// inboxfs check and the queue give the same advice from there. A code that is not in it is judged by its name
// (throttling) and then by its HTTP status: 5xx, 408 and 429 pass, any other 4xx does not.
package verdict
