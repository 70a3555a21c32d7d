// Package spool removes things from the tree of drops below inbox: files that were uploaded, and folders that uploads
// emptied.
//
// What removes a name starts from a handle on the folder that the name stands in, and gets that from inbox one folder
// after another without following a link. So nothing outside inbox is ever met, nor another drop through a link that
// took a folder's place. A file is removed as a file and a folder as a folder: what took the name of one and is the
// other stays. Who removes a file may look at it first, through the handle by which it is removed (RemoveFileIf).
//
// A folder that came with its files says so in an extended attribute (Carrier). The filesystem sets it, takes it away
// when somebody uses the folder, and asks for it before it removes one: see fs/inbox/folder.go.
//
// What a spool says of its files without the journal is here, too: Label and Known.
package spool
