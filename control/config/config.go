package config

import (
	"slices"
	"time"

	"inboxfs/queue/endpoint"
	"inboxfs/queue/names"
)

// Config is the whole configuration. The tags say how a key is called (toml), which words it takes (enum) and its
// limits (min, max); what it does is in help.go.
type Config struct {
	Spool      string     `toml:"spool"`
	Start      bool       `toml:"start"`
	AllowOther bool       `toml:"allow_other"`
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
	Settle         Duration `toml:"settle" min:"0s" max:"1h"`
	RelaySettle    Duration `toml:"relay_settle" min:"0s" max:"1h"`
	WriterWait     Duration `toml:"writer_wait" min:"0s" max:"24h"`
	Relays         []string `toml:"relays"`
	Excuse         []string `toml:"excuse"`
	Ignore         []string `toml:"ignore"`
	Wait           []string `toml:"wait"`
	CheckMedia     bool     `toml:"check_media"`
	AfterUpload    string   `toml:"after_upload" enum:"remove,keep"`
	EmptiedFolders string   `toml:"emptied_folders" enum:"remove,keep"`
	SyncFolders    string   `toml:"sync_folders" enum:"hold,upload"`
	Passthrough    bool     `toml:"passthrough"`
	Mode           string   `toml:"mode"`
	Group          string   `toml:"group"`
	Reserve        Size     `toml:"reserve" min:"0"`
}

// Control is about who may write verbs.
type Control struct {
	Mode  string `toml:"mode"`
	Group string `toml:"group"`
}

// Upload is about how files are sent.
type Upload struct {
	Files              int       `toml:"files" min:"1" max:"100"`
	Parts              Parts     `toml:"parts" min:"1" max:"100"`
	PartSize           Size      `toml:"part_size" min:"100KiB" max:"5GiB"`
	MultipartThreshold Size      `toml:"multipart_threshold" min:"0" max:"5GiB"`
	Limit              Bandwidth `toml:"limit"`
	MaxRetries         int       `toml:"max_retries" min:"0"`
	ResumeAfterRestart bool      `toml:"resume_after_restart"`
	Stream             bool      `toml:"stream"`
	Prefix             string    `toml:"prefix"`
	Attributes         []string  `toml:"attributes"`
	Overwrite          string    `toml:"overwrite" enum:"replace,forbid"`
}

// OSS says where objects go.
type OSS struct {
	Endpoint       string   `toml:"endpoint"`
	CNAME          bool     `toml:"cname"`
	Region         string   `toml:"region"`
	Bucket         string   `toml:"bucket"`
	Signature      string   `toml:"signature" enum:"v4,v1"`
	ConnectTimeout Duration `toml:"connect_timeout" min:"100ms" max:"10m"`
	IdleTimeout    Duration `toml:"idle_timeout" min:"1s" max:"1h"`
}

// VOD says how ApsaraVideo VOD is asked where a file goes, in the credential modes vod and vod-auth.
type VOD struct {
	Region      string   `toml:"region"`
	Endpoint    string   `toml:"endpoint"`
	AuthProcess []string `toml:"auth_process"`
	AuthTimeout Duration `toml:"auth_timeout" min:"100ms" max:"10m"`
	HLS         bool     `toml:"hls"`
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
	Mode            string `toml:"mode" enum:"access_key,sts,vod,vod-auth"`
	Source          string `toml:"source" enum:"auto,environment,profile,ecs_ram_role,ram_role_arn,oidc_role_arn,credentials_uri,process"`
	AccessKeyID     Secret `toml:"access_key_id"`
	AccessKeySecret Secret `toml:"access_key_secret"`
	SecurityToken   Secret `toml:"security_token"`

	Profile         string   `toml:"profile"`
	ProfileFile     string   `toml:"profile_file"`
	RoleName        string   `toml:"role_name"`
	RoleARN         string   `toml:"role_arn"`
	RoleSessionName string   `toml:"role_session_name"`
	RoleLifetime    Duration `toml:"role_lifetime" min:"15m" max:"12h"`
	RolePolicy      string   `toml:"role_policy"`
	ExternalID      string   `toml:"external_id"`
	STSEndpoint     string   `toml:"sts_endpoint"`
	OIDCProviderARN string   `toml:"oidc_provider_arn"`
	OIDCTokenFile   string   `toml:"oidc_token_file"`
	URI             string   `toml:"uri"`
	Process         string   `toml:"process"`
}

// Events is about the event log.
type Events struct {
	Format  string `toml:"format" enum:"text,json"`
	MaxSize Size   `toml:"max_size" min:"64KiB"`
	Keep    int    `toml:"keep" min:"0" max:"10000"`
}

// Hooks is about who is told what happens.
type Hooks struct {
	Events  []string `toml:"events"`
	Command []string `toml:"command"`
	URL     Secret   `toml:"url"`
	Timeout Duration `toml:"timeout" min:"100ms" max:"1h"`
	Tries   int      `toml:"tries" min:"0"`
}

// Log is about the program's own messages.
type Log struct {
	Level  string `toml:"level" enum:"info,debug,warn,error"`
	Format string `toml:"format" enum:"text,json"`
	To     string `toml:"to"`
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
