// Package demo is the main job with no account: a mount, a spool, and the development endpoint in one process.
//
//	DIR/
//	├── mnt/                  the mount
//	├── spool/                the daemon's spool
//	└── objects/BUCKET/KEY    what was uploaded, as plain files
package demo
