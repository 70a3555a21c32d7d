package names

// DefaultIgnore lists what desktops, network filesystems and editors leave behind and what nobody wants in a bucket.
// It is read only.
var DefaultIgnore = []string{
	// macOS
	"(?i).DS_Store", "._*", ".AppleDouble/", ".Spotlight-V100/", ".Trash*/", ".fseventsd/", ".TemporaryItems/",
	".DocumentRevisions-V100/", ".apdisk", "(?i)Icon\r",
	"Network Trash Folder/", "Temporary Items/",
	// Windows
	"(?i)Thumbs.db", "(?i)Thumbs.db:encryptable", "(?i)ehthumbs.db", "(?i)ehthumbs_vista.db", "(?i)desktop.ini",
	"(?i)Picasa.ini",
	"(?i)$RECYCLE.BIN/", "(?i)RECYCLER/", "(?i)RECYCLED/", "(?i)System Volume Information/", "(?i)IndexerVolumeGuid",
	"(?i)WPSettings.dat",
	"(?i)*:Zone.Identifier", "(?i)*:Zone.Identifier:$DATA",
	// Android
	"LOST.DIR/", ".thumbnails/",
	// Linux desktops and filesystems, and what storage boxes keep beside the files: Synology, QNAP
	".directory", ".fuse_hidden*", ".nfs*", "lost+found/", ".go-fuse-epoll-hack", "@eaDir/", "#recycle/", "#snapshot/",
	"@Recycle/",
	"@Recently-Snapshot/", ".@__thumb/",
	// lock, swap and recovery files that vanish with the program that made them
	"~$*", ".~lock.*", ".*.sw?", ".#*", "#*#", "(?i)*.idlk", "(?i)*.prlock",
	// what sync programs note about a folder: GoodSync, FreeFileSync
	"_gsdata_/", ".sync.ffs_db", "sync.ffs_db",
}

// DefaultWait lists the names that programs use while they are still writing, and rename when they are done. It is
// read only. The hidden names below .* stand here by themselves so that they are still held back in a list without it.
// Folders are only those that some program is known to name so: people call theirs take1.part, too.
var DefaultWait = []string{
	".*", ".*/",
	// browsers and download programs; Safari downloads into a folder
	"(?i)*.part", "(?i)*.partial", "(?i)*.filepart", "(?i)*.crdownload", "(?i)*.crswap", "(?i)*.download",
	"(?i)*.download/",
	"(?i)*.opdownload", "(?i)*.!ut", "*.aria2", "*.aria2__temp", "(?i)*.incomplete", "*.fdmdownload", "*.wkdownload",
	"(?i)*.downloading", "*.xltd", "*.td", "*.td.cfg", "(?i)*.!qB", "(?i)*.bc!", "*.!sync", "*.bts", "*.st",
	"*.lftp-pget-status",
	// yt-dlp: tracks that it will put together, what it puts them into, fragments. f137 is a format, as are f251-1 and
	// f251-drc.
	"*.part-Frag*", "*.ytdl", "*.temp.mp4", "*.temp.mkv", "*.temp.webm", "*.temp.m4a", "*.temp.mp3", "*.temp.opus",
	"*.f[0-9][0-9][0-9].mp4", "*.f[0-9][0-9][0-9]-*.mp4", "*.f[0-9][0-9][0-9].webm", "*.f[0-9][0-9][0-9]-*.webm",
	"*.f[0-9][0-9][0-9].m4a", "*.f[0-9][0-9][0-9]-*.m4a", "*.fhls-*", "*.fdash-*",
	// what the first pass of an encoder notes for the second
	"ffmpeg2pass-*.log", "ffmpeg2pass-*.log.mbtree", "x26[45]_2pass.log", "x26[45]_2pass.log.*", "divx2pass.log",
	"divx2pass.log.mbtree",
	// programs that bring files up to date: FreeFileSync, gsutil, ExifTool
	"*.ffs_tmp", "*.gstmp", "*_exiftool_tmp",
	// editors and file managers
	"(?i)*.tmp", "(?i)*.temp", "*~", ".goutputstream-*", ".xdp-*",
	// zip and sed -i; zipfiles, zip12345 and sediments are final, and so is all with a dot
	"ziXXXXXX", "sedXXXXXX",
	// programs of macOS that save a document, which may be a folder, where the volume has no .TemporaryItems
	"*.sb-????????-" + six, "*.sb-????????-" + six + "/", "(A Document Being Saved By *)/",
	// rsync: its temporary, --partial-dir and --delay-updates; syncthing
	".*." + six, ".rsync-partial/", ".~tmp~/", ".syncthing.*.tmp",
}

// six is all that mkstemp puts in the place of XXXXXX. Nobody else gives a hidden file such an end.
const six = alnum + alnum + alnum + alnum + alnum + alnum

const alnum = "[0-9A-Za-z]"
