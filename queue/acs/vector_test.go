package acs

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/darabonba-openapi/v2/models"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/aliyun/credentials-go/credentials"
)

// sent is an HTTP client that keeps what it is to send.
type sent struct{ header http.Header }

func (s *sent) Call(r *http.Request, _ *http.Transport) (*http.Response, error) {
	s.header = r.Header
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")),
		Request: r}, nil
}

// page is the key of the page, without the name of a provider, which would be signed, too.
type page struct{ credentials.Credential }

func (*page) GetCredential() (*credentials.CredentialModel, error) {
	return &credentials.CredentialModel{AccessKeyId: dara.String("YourAccessKeyId"),
		AccessKeySecret: dara.String("YourAccessKeySecret"),
		Type:            dara.String("access_key")}, nil
}

// TestClientSignsAsDocumented compares with the example on the page "V3 request structure and signature":
// ACS3-HMAC-SHA256. What of the request is not chosen by us, but by chance or the clock, is that of the page.
func TestClientSignsAsDocumented(t *testing.T) {
	t.Parallel()
	s := &sent{}
	client, err := openapi.NewClient(&models.Config{Credential: &page{},
		Endpoint: dara.String("ecs.cn-shanghai.aliyuncs.com"),
		Protocol: dara.String("https"), HttpClient: s})
	if err != nil {
		t.Fatal(err)
	}
	call := &models.Params{Action: dara.String("RunInstances"), Version: dara.String("2014-05-26"),
		Protocol: dara.String("https"),
		Pathname: dara.String("/"), Method: dara.String(http.MethodPost), AuthType: dara.String("AK"),
		Style:       dara.String("RPC"),
		ReqBodyType: dara.String("formData"), BodyType: dara.String("json")}
	request := &models.OpenApiRequest{Query: map[string]*string{"RegionId": dara.String("cn-shanghai"),
		"ImageId": dara.String("win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd")},
		Headers: map[string]*string{"x-acs-date": dara.String("2023-10-26T10:22:32Z"),
			"x-acs-signature-nonce": dara.String("3156853299f313e23d1673dc12e1703d")}}
	if _, err := client.CallApiWithCtx(context.Background(), call, request, &dara.RuntimeOptions{}); err != nil {
		t.Fatal(err)
	}
	want := "ACS3-HMAC-SHA256 " +
		"Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;" +
		"x-acs-signature-nonce;x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
	if got := s.header.Get("Authorization"); got != want {
		t.Errorf("signed %s", got)
	}
}
