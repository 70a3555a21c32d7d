package vod

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/darabonba-openapi/v2/models"
	"github.com/alibabacloud-go/tea/dara"
)

// sent is an HTTP client that keeps what it is to send.
type sent struct{ query url.Values }

func (s *sent) Call(r *http.Request, _ *http.Transport) (*http.Response, error) {
	s.query = r.URL.Query()
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
}

// The client signs as VOD's page "Signature mechanism" prints it: signature version 1.0, HMAC-SHA1. What of the request is
// not chosen by us, but by chance or the clock, is that of the page.
func TestClientSignsAsDocumented(t *testing.T) {
	t.Parallel()
	s := &sent{}
	client, err := openapi.NewClient(&models.Config{AccessKeyId: dara.String("testAccessKeyId"), AccessKeySecret: dara.String("testAccessKeySecret"),
		Endpoint: dara.String("vod.cn-shanghai.aliyuncs.com"), Protocol: dara.String("https"), SignatureAlgorithm: dara.String("v2"), HttpClient: s})
	if err != nil {
		t.Fatal(err)
	}
	call := &models.Params{Action: dara.String("GetVideoPlayAuth"), Version: dara.String(version), Protocol: dara.String("https"),
		Pathname: dara.String("/"), Method: dara.String(http.MethodGet), AuthType: dara.String("AK"), Style: dara.String("RPC"),
		ReqBodyType: dara.String("formData"), BodyType: dara.String("json")}
	query := map[string]*string{"Timestamp": dara.String("2017-10-10T12:02:54Z"), "SignatureNonce": dara.String("8f8a035d-6496-4268-afd4-67c22837e38d"),
		"Format": dara.String("JSON"), "VideoId": dara.String("5aed81b74ba84920be578cdfe004af4b")}
	if _, err := client.CallApiWithCtx(context.Background(), call, &models.OpenApiRequest{Query: query}, &dara.RuntimeOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := s.query.Get("Signature"); got != "Ibgh7y8Vp47LBuAsf5Xhi1SvDss=" {
		t.Errorf("signed %s of %v", got, s.query)
	}
}
