// Command inboxfs mounts a folder from which everything is uploaded to Alibaba Cloud OSS. See README.md; the manual is
// in control/manual.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"inboxfs/control/command"
)

func main() {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup has it ignored, so that we outlive the terminal
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	err := command.Run(ctx)
	stop()
	if err != nil && err.Error() != "" { // else somebody has said it
		fmt.Fprintf(os.Stderr, "inboxfs: %v\n", err)
	}
	os.Exit(command.ExitCode(err))
}
