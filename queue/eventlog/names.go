package eventlog

// Names are the events there are, as the manual lists them.
var Names = []string{
	"OnFileAdded", "OnUploadStarted", "OnUploadProgress", "OnUploadSucceed", "OnUploadFailed", "OnUploadRetry",
	"OnUploadRetryResume",
	"OnUploadTokenExpired", "OnUploadCanceled", "OnUploadTooLate", "OnMediaUnused", "OnUploadLeft",
	"OnFileDeleted", "OnListCleared", "OnQueueState", "OnControlError", "OnUploadEnd",
}
