package queue

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"inboxfs/queue/transfer"
)

// codeSynced is the code of a drop in a folder that a sync program keeps alike elsewhere: where the copy goes after the
// upload, that program would remove the original, too.
const codeSynced = "SyncFolder"

const syncedHint = `set inbox.after_upload = "keep", or have the sync program only receive here ` +
	`and set inbox.sync_folders = "upload"; then release it`

// syncMarks are what sync programs leave in the top folder of what they keep alike. Unison leaves nothing.
var syncMarks = []string{
	".stfolder",                  // Syncthing
	".dropbox", ".dropbox.cache", // Dropbox
	".nextcloudsync.log", ".owncloudsync.log", // Nextcloud, ownCloud, beside the data base below
	".sync/ID",                              // Resilio Sync
	".tmp.drivedownload",                    // Google Drive
	".849C9593-D756-4E56-8D6E-42412F2A707B", // OneDrive
	".SynologyWorkingDirectory",             // Synology Drive
	"_gsdata_",                              // GoodSync
	".sync.ffs_db", "sync.ffs_db",           // FreeFileSync, of two-way and the like
}

// isSyncMark reports whether a drop of this name is such a mark, of those whose names are not always the same: the data
// base of Nextcloud and ownCloud.
func isSyncMark(base string) bool {
	for _, prefix := range []string{".sync_", "._sync_"} {
		if strings.HasPrefix(base, prefix) && strings.HasSuffix(base, ".db") {
			return true
		}
	}
	return false
}

// keptAlike says, as an *Error, that a file in the inbox lies in a folder that is kept alike elsewhere.
func (q *Queue) keptAlike(path string) error {
	for folder := filepath.Dir(path); len(folder) >= len(q.o.Inbox); folder = filepath.Dir(folder) {
		mark := q.syncMark(folder)
		if mark == "" {
			continue
		}
		if _, told := q.syncTold.LoadOrStore(folder, true); !told {
			q.o.Log.Warn("a sync program keeps a folder of the inbox alike elsewhere, "+
				"and would remove there what uploads remove here; its files are held",
				"folder", folder, "mark", mark)
		}
		where := "inbox itself"
		if folder != q.o.Inbox {
			where = "the folder " + strconv.Quote(q.nameOf(folder))
		}
		return &transfer.Error{Kind: transfer.Final, Code: codeSynced, Hint: syncedHint,
			Message: where + " is kept alike elsewhere by a sync program (there is " + mark +
				"), which would remove the original when the uploaded copy goes"}
	}
	return nil
}

// syncMark is the mark in a folder of the inbox, or "".
func (q *Queue) syncMark(folder string) string {
	for _, mark := range syncMarks {
		if _, err := os.Lstat(filepath.Join(folder, mark)); err == nil {
			return mark
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	name := ""
	if folder != q.o.Inbox {
		name = q.nameOf(folder)
	}
	if d := q.tree.dir(name); d != nil && d.mark != nil && d.files[d.mark.base] == d.mark {
		return d.mark.base
	}
	return ""
}
