// Package spool is the disk below inbox: what brings drops to stable storage, finds them, and removes them again.
//
//	Sync, FolderSync   a file and the names that lead to it are on stable storage (StartSync: the kernel may begin)
//	Instance           how long a file that was not synced is sure to be found again
//	RemoveFile(If)     a file that was uploaded goes; folders that uploads emptied go with folder.go
//	Carrier            a folder came with its files
//	Label, Known       what a spool says of its files without the journal
//
// What removes a name starts from a handle on the folder that the name stands in, and gets that from inbox one folder
// after another without following a link. So nothing outside inbox is ever met, nor another drop through a link that
// took a folder's place. A file is removed as a file and a folder as a folder: what took the name of one and is the
// other stays. Who removes a file may look at it first, through the handle by which it is removed (RemoveFileIf).
//
// A folder that came with its files says so in an extended attribute (Carrier). The filesystem sets it, takes it away
// when somebody uses the folder, and asks for it before it removes one: see fs/inbox/folder.go.
package spool
