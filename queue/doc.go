// Package queue holds what is to be uploaded and how far it is. It knows no FUSE, no OSS and no TOML.
package queue
