package config

import (
	"slices"
	"time"

	"inboxfs/queue/endpoint"
	"inboxfs/queue/names"
)

// Config is the whole configuration. The tags say how a key is called (toml), what it does (help), which words it takes
// (enum) and its limits (min, max).
type Config struct {
	Spool      string     `toml:"spool" help:"folder on local disk that keeps pending files and the queue; empty: default in $XDG_STATE_HOME/inboxfs or ~/.local/state/inboxfs, for root in /var/lib/inboxfs"`
	Start      bool       `toml:"start" help:"start the queue at mount; otherwise it waits for the verb start"`
	AllowOther bool       `toml:"allow_other" help:"let other users into the mount (needs user_allow_other in /etc/fuse.conf unless root mounts)"`
	Inbox      Inbox      `toml:"inbox"`
	Control    Control    `toml:"control"`
	Upload     Upload     `toml:"upload"`
	OSS        OSS        `toml:"oss"`
	VOD        VOD        `toml:"vod"`
	Credential Credential `toml:"credential"`
	Events     Events     `toml:"events"`
	Hooks      Hooks      `toml:"hooks"`
	Log        Log        `toml:"log"`
}

// Inbox is about files that are dropped.
type Inbox struct {
	Settle         Duration `toml:"settle" min:"0s" max:"1h" help:"quiet time after the last writer closed a file, before it counts as complete"`
	RelaySettle    Duration `toml:"relay_settle" min:"0s" max:"1h" help:"the same where the writer is a relay, such as smbd, sftp-server or nfsd, and on macOS for all"`
	WriterWait     Duration `toml:"writer_wait" min:"0s" max:"24h" help:"for how long a file waits at most while the program that wrote it works on in its folder; 0s: it does not"`
	Relays         []string `toml:"relays" help:"more programs that are relays, by the beginning of their names, beside smbd, nginx, vsftpd and the like"`
	Excuse         []string `toml:"excuse" help:"programs whose failing says nothing about the file they wrote last, each with the statuses it ends with, such as vsftpd 1"`
	Ignore         []string `toml:"ignore" help:"names that are accepted and never uploaded; with / at the end: folders, and all in them"`
	Wait           []string `toml:"wait" help:"names that are held back until the file is renamed; with / at the end: folders, and all in them"`
	CheckMedia     bool     `toml:"check_media" help:"hold MP4, MOV, Matroska, WebM and MPEG-TS files that are cut short instead of uploading them"`
	AfterUpload    string   `toml:"after_upload" enum:"remove,keep" help:"what becomes of a dropped file once its object is verified"`
	EmptiedFolders string   `toml:"emptied_folders" enum:"remove,keep" help:"what becomes of folders that came with their files once uploads have emptied them; those that somebody made to use, or uses, stay"`
	SyncFolders    string   `toml:"sync_folders" enum:"hold,upload" help:"with after_upload remove, what becomes of files in folders that a sync program keeps alike elsewhere, where it would delete them, too"`
	Passthrough    bool     `toml:"passthrough" help:"let the kernel write large files straight to the spool where it can (Linux 6.9, root)"`
	Mode           string   `toml:"mode" help:"mode of inbox itself, such as 1777 or 2775; empty: as it is"`
	Group          string   `toml:"group" help:"group of inbox itself, by name or number; empty: as it is"`
	Reserve        Size     `toml:"reserve" min:"0" help:"free space on the spool disk below which passthrough is not used, so that a full disk is noticed"`
}

// Control is about who may write verbs.
type Control struct {
	Mode  string `toml:"mode" help:"mode of control; empty: 0600"`
	Group string `toml:"group" help:"group of control, by name or number; empty: that of who mounts"`
}

// Upload is about how files are sent.
type Upload struct {
	Files              int       `toml:"files" min:"1" max:"100" help:"files uploaded at once; 1: strictly one after another"`
	Parts              Parts     `toml:"parts" min:"1" max:"100" help:"parts of one file uploaded at once; auto: of all files together as many as bring the most"`
	PartSize           Size      `toml:"part_size" min:"100KiB" max:"5GiB" help:"size of a part; grows for files that would need more than 10,000, and shrinks where the line carries no longer ones"`
	MultipartThreshold Size      `toml:"multipart_threshold" min:"0" max:"5GiB" help:"files above this size go in parts, others in one request; 0: the part size"`
	Limit              Bandwidth `toml:"limit" help:"bandwidth of all uploads together, or a timetable such as 08:00,1MiB/s 19:00,off"`
	MaxRetries         int       `toml:"max_retries" min:"0" help:"tries in a row without progress after which a file fails; 0: never give up"`
	ResumeAfterRestart bool      `toml:"resume_after_restart" help:"go on from finished parts after a restart; otherwise such a file starts over"`
	Stream             bool      `toml:"stream" help:"send finished parts of a file while it is still being written; what changes later is sent again (plain OSS)"`
	Prefix             string    `toml:"prefix" help:"what the object key begins with, before the path below inbox"`
	Attributes         []string  `toml:"attributes" help:"headers, metadata and settings of every object, such as oss.storage-class=IA; a file's own extended attributes go before"`
	Overwrite          string    `toml:"overwrite" enum:"replace,forbid" help:"what happens if the object exists already: it is replaced, or the upload fails"`
}

// OSS says where objects go.
type OSS struct {
	Endpoint       string   `toml:"endpoint" help:"host or URL of the OSS endpoint, such as oss-cn-hangzhou.aliyuncs.com, or with cname your own domain"`
	CNAME          bool     `toml:"cname" help:"the endpoint is a domain of your own that is bound to the bucket (CNAME), such as media.example.com"`
	Region         string   `toml:"region" help:"region id for signature v4, such as cn-hangzhou; empty: taken from the endpoint"`
	Bucket         string   `toml:"bucket" help:"bucket that receives the objects"`
	Signature      string   `toml:"signature" enum:"v4,v1" help:"signature version"`
	ConnectTimeout Duration `toml:"connect_timeout" min:"100ms" max:"10m" help:"longest wait for a connection, with name, proxy and TLS"`
	IdleTimeout    Duration `toml:"idle_timeout" min:"1s" max:"1h" help:"longest silence of a connection before the request is tried again"`
}

// VOD says how ApsaraVideo VOD is asked where a file goes, in the credential modes vod and vod-auth.
type VOD struct {
	Region      string   `toml:"region" help:"region of the VOD service"`
	Endpoint    string   `toml:"endpoint" help:"host or URL of the VOD API; empty: that of the region"`
	AuthProcess []string `toml:"auth_process" help:"program, and its arguments, that answers with UploadAuth and UploadAddress of a file; empty: they are written to control"`
	AuthTimeout Duration `toml:"auth_timeout" min:"100ms" max:"10m" help:"longest wait for auth_process"`
	HLS         bool     `toml:"hls" help:"an HLS playlist (.m3u8) and the files that it names are one video; otherwise each is one"`
}

// URL is where the API is.
func (v VOD) URL() string {
	if at, err := endpoint.Parse(v.Endpoint); v.Endpoint != "" && err == nil { // what is wrong with it Validate says
		return at.URL
	}
	return "https://vod." + v.Region + ".aliyuncs.com"
}

// Credential says who uploads. Its secrets are best left to the environment: ALIBABA_CLOUD_* or OSS_*. The keys from
// Profile on are for those sources that the word before the colon of their help names.
type Credential struct {
	Mode            string `toml:"mode" enum:"access_key,sts,vod,vod-auth" help:"access_key: a long-term access key, for testing; sts: temporary ones with a security token; vod: either, and VOD says where files go; vod-auth: VOD says so through auth_process or control"`
	Source          string `toml:"source" enum:"auto,environment,profile,ecs_ram_role,ram_role_arn,oidc_role_arn,credentials_uri,process" help:"where credentials come from; auto: the keys of this table, else the environment"`
	AccessKeyID     Secret `toml:"access_key_id" help:"access key id"`
	AccessKeySecret Secret `toml:"access_key_secret" help:"access key secret"`
	SecurityToken   Secret `toml:"security_token" help:"security token of a temporary access key"`

	Profile         string   `toml:"profile" help:"profile: its name; empty: the current one"`
	ProfileFile     string   `toml:"profile_file" help:"profile: the file of Alibaba Cloud's command line client; empty: ~/.aliyun/config.json"`
	RoleName        string   `toml:"role_name" help:"ecs_ram_role: the role of this ECS instance; empty: whichever it has"`
	RoleARN         string   `toml:"role_arn" help:"ram_role_arn and oidc_role_arn: the RAM role to assume"`
	RoleSessionName string   `toml:"role_session_name" help:"ram_role_arn and oidc_role_arn: how the session is called in audit logs"`
	RoleLifetime    Duration `toml:"role_lifetime" min:"15m" max:"12h" help:"ram_role_arn and oidc_role_arn: how long credentials are good; the role may allow less"`
	RolePolicy      string   `toml:"role_policy" help:"ram_role_arn and oidc_role_arn: policy (JSON) that narrows the role's rights"`
	ExternalID      string   `toml:"external_id" help:"ram_role_arn: the role's external id, if it wants one"`
	STSEndpoint     string   `toml:"sts_endpoint" help:"ram_role_arn, oidc_role_arn and a profile with a role: host of STS; empty: sts.aliyuncs.com, or as the profile says"`
	OIDCProviderARN string   `toml:"oidc_provider_arn" help:"oidc_role_arn: the identity provider; empty: ALIBABA_CLOUD_OIDC_PROVIDER_ARN"`
	OIDCTokenFile   string   `toml:"oidc_token_file" help:"oidc_role_arn: file with the token; empty: ALIBABA_CLOUD_OIDC_TOKEN_FILE"`
	URI             string   `toml:"uri" help:"credentials_uri: URL that answers with credentials as JSON; empty: ALIBABA_CLOUD_CREDENTIALS_URI"`
	Process         string   `toml:"process" help:"process: shell command that prints credentials as JSON"`
}

// Events is about the event log.
type Events struct {
	Format  string `toml:"format" enum:"text,json" help:"form of a line of the event log"`
	MaxSize Size   `toml:"max_size" min:"64KiB" help:"size at which a new event log is begun"`
	Keep    int    `toml:"keep" min:"0" max:"10000" help:"older event logs that are kept"`
}

// Hooks is about who is told what happens.
type Hooks struct {
	Events  []string `toml:"events" help:"events that are told to the command or the URL; an empty list: all"`
	Command []string `toml:"command" help:"program, and its arguments, that gets each event as JSON on its standard input"`
	URL     Secret   `toml:"url" help:"web address that gets each event as a POST of JSON"`
	Timeout Duration `toml:"timeout" min:"100ms" max:"1h" help:"longest time that the command or the web server may take"`
	Tries   int      `toml:"tries" min:"0" help:"failures in a row after which an event is given up; 0: never"`
}

// Log is about the program's own messages.
type Log struct {
	Level  string `toml:"level" enum:"info,debug,warn,error" help:"least important message to show"`
	Format string `toml:"format" enum:"text,json" help:"form of a message"`
	To     string `toml:"to" help:"where messages go: a file by its whole path, or syslog; empty: standard error, and with mount --daemon daemon.log in the spool"`
}

// The words of the keys that take one of a few.
const (
	Remove, Keep    = "remove", "keep"    // inbox.after_upload, inbox.emptied_folders
	Hold, Send      = "hold", "upload"    // inbox.sync_folders
	Replace, Forbid = "replace", "forbid" // upload.overwrite
	V4, V1          = "v4", "v1"          // oss.signature
	AccessKey, STS  = "access_key", "sts" // credential.mode
	ModeVOD         = "vod"
	ModeVODAuth     = "vod-auth"
	Text, JSON      = "text", "json" // events.format, log.format
	Syslog          = "syslog"       // log.to
)

// The words of credential.source.
const (
	Auto        = "auto"
	Environment = "environment"
	Profile     = "profile"
	ECSRole     = "ecs_ram_role"
	RAMRole     = "ram_role_arn"
	OIDCRole    = "oidc_role_arn"
	URI         = "credentials_uri"
	Process     = "process"
)

// Default is the configuration with nothing set. Its Spool is empty; Load fills in the place that suits the user.
func Default() Config {
	return Config{
		Inbox: Inbox{Settle: Duration(2 * time.Second), RelaySettle: Duration(10 * time.Second),
			WriterWait: Duration(5 * time.Minute),
			Ignore:     slices.Clone(names.DefaultIgnore), Wait: slices.Clone(names.DefaultWait),
			CheckMedia: true, AfterUpload: Remove, EmptiedFolders: Remove, SyncFolders: Hold, Relays: []string{},
			Excuse: []string{}, Passthrough: true, Reserve: 256 << 20},
		Upload: Upload{Files: 4, Parts: AutoParts, PartSize: 8 << 20, ResumeAfterRestart: true,
			Attributes: []string{}, Overwrite: Replace},
		OSS: OSS{Signature: V4, ConnectTimeout: Duration(10 * time.Second), IdleTimeout: Duration(time.Minute)},
		VOD: VOD{Region: "cn-shanghai", AuthProcess: []string{}, AuthTimeout: Duration(30 * time.Second),
			HLS: true},
		Credential: Credential{Mode: AccessKey, Source: Auto, RoleSessionName: "inboxfs",
			RoleLifetime: Duration(time.Hour)},
		Events: Events{Format: Text, MaxSize: 16 << 20, Keep: 5},
		Hooks: Hooks{Events: []string{"OnUploadSucceed", "OnUploadFailed", "OnUploadTokenExpired", "OnUploadEnd"},
			Command: []string{},
			Timeout: Duration(30 * time.Second), Tries: 10},
		Log: Log{Level: "info", Format: Text},
	}
}
