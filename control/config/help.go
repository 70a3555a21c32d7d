package config

// help says what each key does, by its whole name: in --help, in inboxfs help configuration and in the manual.
var help = map[string]string{
	"spool": "folder on local disk that keeps pending files and the queue; empty: default in " +
		"$XDG_STATE_HOME/inboxfs or ~/.local/state/inboxfs, for root in /var/lib/inboxfs",
	"start":       "start the queue at mount; otherwise it waits for the verb start",
	"allow_other": "let other users into the mount (needs user_allow_other in /etc/fuse.conf unless root mounts)",

	"inbox.settle": "quiet time after the last writer closed a file, before it counts as complete",
	"inbox.relay_settle": "the same where the writer is a relay, such as smbd, sftp-server or nfsd, " +
		"and on macOS for all",
	"inbox.writer_wait": "for how long a file waits at most while the program that wrote it works on in its folder; " +
		"0s: it " +
		"does not",
	"inbox.relays": "more programs that are relays, by the beginning of their names, beside smbd, nginx, " +
		"vsftpd and the " +
		"like",
	"inbox.excuse": "programs whose failing says nothing about the file they wrote last, " +
		"each with the statuses it ends " +
		"with, such as vsftpd 1",
	"inbox.ignore": "names that are accepted and never uploaded; with / at the end: folders, and all in them",
	"inbox.wait": "names that are held back until the file is renamed; with / at the end: folders, " +
		"and all in them",
	"inbox.check_media": "hold MP4, MOV, Matroska, WebM and MPEG-TS files that are cut short instead of uploading " +
		"them",
	"inbox.after_upload": "what becomes of a dropped file once its object is verified",
	"inbox.emptied_folders": "what becomes of folders that came with their files once uploads have emptied them; " +
		"those that " +
		"somebody made to use, or uses, stay",
	"inbox.sync_folders": "with after_upload remove, what becomes of files in folders that a sync program keeps " +
		"alike " +
		"elsewhere, where it would delete them, too",
	"inbox.passthrough": "let the kernel write large files straight to the spool where it can (Linux 6.9, root)",
	"inbox.mode":        "mode of inbox itself, such as 1777 or 2775; empty: as it is",
	"inbox.group":       "group of inbox itself, by name or number; empty: as it is",
	"inbox.reserve": "free space on the spool disk below which passthrough is not used, " +
		"so that a full disk is noticed",

	"control.mode":  "mode of control; empty: 0600",
	"control.group": "group of control, by name or number; empty: that of who mounts",

	"upload.files": "files uploaded at once; 1: strictly one after another",
	"upload.parts": "parts of one file uploaded at once; auto: of all files together as many as bring the most",
	"upload.part_size": "size of a part; grows for files that would need more than 10,000, " +
		"and shrinks where the line " +
		"carries no longer ones",
	"upload.multipart_threshold":  "files above this size go in parts, others in one request; 0: the part size",
	"upload.limit":                "bandwidth of all uploads together, or a timetable such as 08:00,1MiB/s 19:00,off",
	"upload.max_retries":          "tries in a row without progress after which a file fails; 0: never give up",
	"upload.resume_after_restart": "go on from finished parts after a restart; otherwise such a file starts over",
	"upload.stream": "send finished parts of a file while it is still being written; " +
		"what changes later is sent again " +
		"(plain OSS)",
	"upload.prefix": "what the object key begins with, before the path below inbox",
	"upload.attributes": "headers, metadata and settings of every object, such as oss.storage-class=IA; " +
		"a file's own extended " +
		"attributes go before",
	"upload.overwrite": "what happens if the object exists already: it is replaced, or the upload fails",

	"oss.endpoint": "host or URL of the OSS endpoint, such as oss-cn-hangzhou.aliyuncs.com, " +
		"or with cname your own domain",
	"oss.cname": "the endpoint is a domain of your own that is bound to the bucket (CNAME), " +
		"such as media.example.com",
	"oss.region":          "region id for signature v4, such as cn-hangzhou; empty: taken from the endpoint",
	"oss.bucket":          "bucket that receives the objects",
	"oss.signature":       "signature version",
	"oss.connect_timeout": "longest wait for a connection, with name, proxy and TLS",
	"oss.idle_timeout":    "longest silence of a connection before the request is tried again",

	"vod.region":   "region of the VOD service",
	"vod.endpoint": "host or URL of the VOD API; empty: that of the region",
	"vod.auth_process": "program, and its arguments, that answers with UploadAuth and UploadAddress of a file; " +
		"empty: they " +
		"are written to control",
	"vod.auth_timeout": "longest wait for auth_process",
	"vod.hls":          "an HLS playlist (.m3u8) and the files that it names are one video; otherwise each is one",

	"credential.mode": "access_key: a long-term access key, for testing; sts: temporary ones with a security token; " +
		"vod: " +
		"either, and VOD says where files go; vod-auth: VOD says so through auth_process or control",
	"credential.source":            "where credentials come from; auto: the keys of this table, else the environment",
	"credential.access_key_id":     "access key id",
	"credential.access_key_secret": "access key secret",
	"credential.security_token":    "security token of a temporary access key",
	"credential.profile":           "profile: its name; empty: the current one",
	"credential.profile_file": "profile: the file of Alibaba Cloud's command line client; empty: " +
		"~/.aliyun/config.json",
	"credential.role_name":         "ecs_ram_role: the role of this ECS instance; empty: whichever it has",
	"credential.role_arn":          "ram_role_arn and oidc_role_arn: the RAM role to assume",
	"credential.role_session_name": "ram_role_arn and oidc_role_arn: how the session is called in audit logs",
	"credential.role_lifetime": "ram_role_arn and oidc_role_arn: how long credentials are good; " +
		"the role may allow less",
	"credential.role_policy": "ram_role_arn and oidc_role_arn: policy (JSON) that narrows the role's rights",
	"credential.external_id": "ram_role_arn: the role's external id, if it wants one",
	"credential.sts_endpoint": "ram_role_arn, oidc_role_arn and a profile with a role: host of STS; empty: " +
		"sts.aliyuncs.com, or as " +
		"the profile says",
	"credential.oidc_provider_arn": "oidc_role_arn: the identity provider; empty: ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
	"credential.oidc_token_file":   "oidc_role_arn: file with the token; empty: ALIBABA_CLOUD_OIDC_TOKEN_FILE",
	"credential.uri": "credentials_uri: URL that answers with credentials as JSON; empty: " +
		"ALIBABA_CLOUD_CREDENTIALS_URI",
	"credential.process": "process: shell command that prints credentials as JSON",

	"events.format":   "form of a line of the event log",
	"events.max_size": "size at which a new event log is begun",
	"events.keep":     "older event logs that are kept",

	"hooks.events":  "events that are told to the command or the URL; an empty list: all",
	"hooks.command": "program, and its arguments, that gets each event as JSON on its standard input",
	"hooks.url":     "web address that gets each event as a POST of JSON",
	"hooks.timeout": "longest time that the command or the web server may take",
	"hooks.tries":   "failures in a row after which an event is given up; 0: never",

	"log.level":  "least important message to show",
	"log.format": "form of a message",
	"log.to": "where messages go: a file by its whole path, or syslog; empty: standard error, and with mount " +
		"--daemon daemon.log in the spool",
}
