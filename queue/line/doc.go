// Package line makes HTTP requests over connections that know how they fare, whatever lies between them and the
// request:
//
//	request ── http.Transport ─┬─────────────────────────────── TCP ──▶ server          http://
//	                           ├── TLS ──────────────────────── TCP ──▶ server          https://
//	                           ├── (SOCKS5, CONNECT) ── TLS ─── TCP ──▶ proxy ──▶ ...   socks5:// and http:// proxies
//	                           └── TLS ── (CONNECT) ── TLS ──── TCP ──▶ proxy ──▶ ...   https:// proxies
//
// A conn is the TCP connection at the bottom. Each layer above passes its local address on, and this address leads
// back to the conn (of), so that a request finds it below any number of layers of any kind. Then:
//
//   - All that comes before the first request (looking up a name, connecting, what a proxy has to say, TLS) has one
//     time limit. net/http itself waits a minute for the answer to CONNECT, and for ever for a SOCKS5 proxy.
//   - A request fails when no byte of it moved for as long as Watched says, and only then: a slow line is not cut, not
//     even while megabytes wait in the kernel.
//   - A request that is given up takes back what the kernel still holds of it: it would arrive when the line is back.
//
// Errors are a *Failure, which reports whether it was the proxy that failed, the way behind it, or the request. What
// they mean to the user stands in queue/verdict.
package line
