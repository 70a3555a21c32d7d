package daemon

import (
	"errors"
	"fmt"
	"os/user"
	"strconv"

	"inboxfs/control/config"
	"inboxfs/fs"
)

// access is who may use inbox, and who control.
func access(c config.Config) (inbox, control fs.Access, err error) {
	inboxMode, err1 := config.ParseMode(c.Inbox.Mode, 0o700, 0o7777)
	controlMode, err2 := config.ParseMode(c.Control.Mode, 0o600, 0o666)
	inboxGroup, err3 := group("inbox.group", c.Inbox.Group)
	controlGroup, err4 := group("control.group", c.Control.Group)
	return fs.Access{Mode: inboxMode, Group: inboxGroup}, fs.Access{Mode: controlMode, Group: controlGroup},
		errors.Join(err1, err2, err3, err4)
}

// group finds a group by its name or number; nil for "".
func group(key, name string) (*uint32, error) {
	if name == "" {
		return nil, nil
	}
	if g, err := user.LookupGroup(name); err == nil {
		name = g.Gid
	}
	n, err := strconv.ParseUint(name, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("%s: there is no group %q on this machine", key, name)
	}
	gid := uint32(n)
	return &gid, nil
}
