package config

import "inboxfs/queue/proxy"

// Proxies says which variables of environ, in the form of os.Environ, name a proxy or an exception that cannot be, one
// to a line. No password is in it.
func Proxies(environ []string) error { return proxy.Of(environ).Err() }
