package ossdev

import (
	"cmp"
	"io"
	"strconv"
	"time"
)

// What x-oss-traffic-limit may be, in bits per second.
const (
	leastTraffic = 245_760
	mostTraffic  = 838_860_800
)

// limitTraffic slows the request as it asks for, in a header or in a signed URL.
func (x *exchange) limitTraffic() *Error {
	const name = "x-oss-traffic-limit"
	text := cmp.Or(x.r.Header.Get(name), x.query.Get(name))
	if text == "" {
		return nil
	}
	bits, err := strconv.ParseInt(text, 10, 64)
	if err != nil || bits < leastTraffic || bits > mostTraffic {
		return invalid(name, text, "The traffic limit must be between 245760 and 838860800 bit/s.")
	}
	x.traffic = bits / 8
	if x.body.rate == 0 || x.traffic < x.body.rate {
		x.body.rate = x.traffic
	}
	return nil
}

// copySlowly is io.CopyN at no more than rate bytes per second.
func copySlowly(to io.Writer, from io.Reader, size, rate int64) error {
	began := time.Now()
	for sent := int64(0); sent < size; {
		n, err := io.CopyN(to, from, min(size-sent, max(rate/20, 1)))
		sent += n
		if err != nil {
			return err
		}
		time.Sleep(time.Until(began.Add(time.Duration(float64(sent) / float64(rate) * float64(time.Second)))))
	}
	return nil
}
