package command

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"inboxfs/control/demo"
	"inboxfs/queue/ossdev"
)

func devserverCommand() *cobra.Command {
	var (
		o              ossdev.Options
		listen, bucket string
		domain         string
		lifetime       time.Duration
	)
	c := &cobra.Command{
		Use:   "devserver",
		Short: "the endpoint alone, for trying things out, never for production",
		Args:  args(0, 0, "it takes flags only"),
		RunE: func(c *cobra.Command, _ []string) error {
			if domain != "" {
				o.Domains = map[string]string{strings.ToLower(domain): bucket}
			}
			return demo.Serve(c.Context(), listen, bucket, lifetime, o, c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&o.Dir, "dir", "inboxfs-objects", "folder for the objects")
	c.Flags().StringVar(&o.Region, "region", "cn-hangzhou", "region id that signatures must name")
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:9100", "address; only this machine by default")
	c.Flags().StringVar(&bucket, "bucket", "demo", "bucket to make")
	c.Flags().StringVar(&domain, "domain", "", "host, such as media.localhost, that is bound to the bucket (oss.cname)")
	c.Flags().BoolVar(&o.NewAccount, "new-account", false,
		"take no data at public endpoints of the mainland, as OSS does from accounts opened since 2025-03-20")
	c.Flags().DurationVar(&lifetime, "token-lifetime", time.Hour, "how long security tokens are good")
	c.Flags().DurationVar(&o.AuthLifetime, "auth-lifetime", 3000*time.Second,
		"how long VOD's upload credentials are good")
	return c
}
