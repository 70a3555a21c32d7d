package endpoint

import (
	"os"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want Endpoint
	}{
		{"oss-cn-hangzhou.aliyuncs.com", Endpoint{"https://oss-cn-hangzhou.aliyuncs.com",
			"oss-cn-hangzhou.aliyuncs.com", Public, "cn-hangzhou", ""}},
		{"http://OSS-cn-Shanghai-internal.aliyuncs.com:80/", Endpoint{"http://oss-cn-shanghai-internal.aliyuncs.com:80",
			"oss-cn-shanghai-internal.aliyuncs.com", Internal, "cn-shanghai", ""}},
		{"oss-ap-southeast-1.aliyuncs.com", Endpoint{Kind: Public, Region: "ap-southeast-1"}},
		{"oss-cn-hzfinance.aliyuncs.com", Endpoint{Kind: Public, Region: "cn-hzfinance"}},
		{"vpc100-oss-cn-beijing.aliyuncs.com", Endpoint{Kind: Internal, Region: "cn-beijing"}},
		{"ep-bp1f6f7.oss.cn-hangzhou.privatelink.aliyuncs.com", Endpoint{Kind: Internal, Region: "cn-hangzhou"}},
		{"cn-hangzhou.oss.aliyuncs.com", Endpoint{Kind: DualStack, Region: "cn-hangzhou"}},
		{"cn-hangzhou-internal.oss.aliyuncs.com", Endpoint{Kind: Internal, Region: "cn-hangzhou"}},
		{"oss-accelerate.aliyuncs.com", Endpoint{Kind: Accelerate}},
		{"oss-accelerate-overseas.aliyuncs.com", Endpoint{Kind: Accelerate}},
		{"oss-cn-shenzhen-finance-1-pub.aliyuncs.com", Endpoint{Kind: Other}},
		{"oss-cn-north-2-gov-1.aliyuncs.com", Endpoint{Kind: Other}},
		{"oss-cn-north-2-gov-1-internal.aliyuncs.com", Endpoint{Kind: Internal}},
		{"oss-cn-wuhan-lr.aliyuncs.com", Endpoint{Kind: Public, Region: "cn-wuhan-lr"}},
		{"oss.aliyuncs.com", Endpoint{Kind: Other}}, {"oss-cn-hangzhou.oss.aliyuncs.com", Endpoint{Kind: Other}},
		{"cn-hangzhou.oss-data-acc.aliyuncs.com", Endpoint{Kind: Other}},

		{"media.example.com", Endpoint{}}, {"aliyuncs.com.example.org", Endpoint{}}, {"aliyuncs.com", Endpoint{}},
		{"http://127.0.0.1:9000", Endpoint{Kind: Local}}, {"[::1]:9000", Endpoint{Kind: Local}},
		{"localhost:9000", Endpoint{Kind: Local}},
		{"media.localhost", Endpoint{Kind: Local}},

		{" oss-cn-hangzhou.aliyuncs.com.\r\n", Endpoint{"https://oss-cn-hangzhou.aliyuncs.com",
			"oss-cn-hangzhou.aliyuncs.com", Public,
			"cn-hangzhou", ""}},
		{"https://媒体.Example.com:8443", Endpoint{"https://xn--tqqy7y.example.com:8443", "xn--tqqy7y.example.com", Own,
			"", ""}},
		{"HTTP://LOCALHOST:9000", Endpoint{"http://localhost:9000", "localhost", Local, "", ""}},
		{"http://localhost.:9000", Endpoint{"http://localhost:9000", "localhost", Local, "", ""}},
		{"http://127.0.0.1:", Endpoint{"http://127.0.0.1", "127.0.0.1", Local, "", ""}},
		{"http://[FE80::1]/", Endpoint{"http://[fe80::1]", "fe80::1", Local, "", ""}},

		{"my-bucket.oss-cn-hangzhou.aliyuncs.com", Endpoint{Kind: Public, Region: "cn-hangzhou", Bucket: "my-bucket"}},
		{"my-bucket.oss-cn-hangzhou-internal.aliyuncs.com", Endpoint{Kind: Internal, Region: "cn-hangzhou",
			Bucket: "my-bucket"}},
		{"my-bucket.cn-hangzhou.oss.aliyuncs.com", Endpoint{Kind: DualStack, Region: "cn-hangzhou",
			Bucket: "my-bucket"}},
		{"my-bucket.oss-accelerate.aliyuncs.com", Endpoint{Kind: Accelerate, Bucket: "my-bucket"}},
		{"my-bucket.oss-cn-shenzhen-finance-1-pub.aliyuncs.com", Endpoint{Kind: Other, Bucket: "my-bucket"}},
		{"my-bucket.oss-cn-north-2-gov-1-internal.aliyuncs.com", Endpoint{Kind: Internal, Bucket: "my-bucket"}},
		{"my-bucket.oss-cn-wuhan-lr-internal.aliyuncs.com", Endpoint{Kind: Internal, Region: "cn-wuhan-lr",
			Bucket: "my-bucket"}},
		{"my-bucket.s3.oss-cn-hangzhou.aliyuncs.com", Endpoint{Kind: Public, Region: "cn-hangzhou",
			Bucket: "my-bucket.s3"}},
		{"s3.oss-ap-southeast-1.aliyuncs.com", Endpoint{Kind: Public, Region: "ap-southeast-1", Bucket: "s3"}},
	} {
		got, err := Parse(c.text)
		if c.want.URL == "" {
			c.want.URL, c.want.Name = got.URL, got.Name
		}
		if err != nil || got != c.want {
			t.Errorf("%q is %+v, %v; want %+v", c.text, got, err, c.want)
		}
		if want := strings.TrimPrefix(got.Name, c.want.Bucket+"."); got.Bare() != want {
			t.Errorf("%q without its bucket is %q", c.text, got.Bare())
		}
	}
	for text, style := range map[string]bool{"localhost:1": true, "127.0.0.1": true, "[::1]": true,
		"media.localhost": false, "media.example.com": false} {
		if e, err := Parse(text); err != nil || e.PathStyle() != style {
			t.Errorf("%q: in the path %v, %v", text, e.PathStyle(), err)
		}
	}
}

// TestWhole has the name of a region where an endpoint belongs; a host of one's own is called otherwise, or has a port.
func TestWhole(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"oss-cn-hangzhou": "oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou": "oss-cn-hangzhou.aliyuncs.com",
		"https://OSS-CN-Beijing":   "oss-cn-beijing.aliyuncs.com",
		"oss-cn-hangzhou-internal": "oss-cn-hangzhou-internal.aliyuncs.com",
		"ap-southeast-1":           "oss-ap-southeast-1.aliyuncs.com",
		"cn-shenzhen-finance-1":    "oss-cn-shenzhen-finance-1.aliyuncs.com",
		"oss-dev":                  "", "my-minio": "", "cn-cache:9000": "", "http://cn-cache": "",
		"oss-cn-hangzhou.aliyuncs.com": "", "cn-hangzhou.oss.aliyuncs.com": "",
	} {
		if e, err := Parse(text); err != nil || e.Whole() != want {
			t.Errorf("%q: %q, %v", text, e.Whole(), err)
		}
	}
}

func TestNoEndpoint(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "ftp://host", "host/path", "https://user:pa55word@host", "ho st", "https://",
		"host?x", "host:port", "host:0", "host:65536", "my_host", "host..", "host/..", "-host",
		"https://user:pa55word@ho st"} {
		if _, err := Parse(text); err == nil || strings.Contains(err.Error(), "pa55word") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestMainland(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]bool{"cn-hangzhou": true, "cn-hongkong": false, "ap-southeast-1": false,
		"": false} {
		if Mainland(region) != want {
			t.Errorf("%q: %v", region, !want)
		}
	}
}

// TestManual holds the table of the manual against what the names are.
func TestManual(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("../../control/manual/endpoints.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(manual), "\n| endpoint | for whom |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	want := map[Kind]string{Public: "before 2025-03-20", Own: "INBOXFS_OSS_CNAME=true", Internal: "VPC",
		Accelerate: "acceleration", DualStack: "IPv6"}
	for row := range strings.Lines(table) {
		cells := strings.Split(row, "`")
		if len(cells) < 3 {
			continue
		}
		e, err := Parse(cells[1])
		if err != nil || want[e.Kind] == "" || !strings.Contains(row, want[e.Kind]) {
			t.Errorf("%+v, %v: %s", e, err, row)
		}
		if e.Region == "" && !strings.Contains(row, "INBOXFS_OSS_REGION=") {
			t.Errorf("no region: %s", row)
		}
		delete(want, e.Kind)
	}
	if len(want) > 0 {
		t.Errorf("the manual does not say %v", want)
	}
}
