package deploy_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// A node stands for one of todoshell: it tells its name, or fails.
type node struct {
	name    string
	server  *httptest.Server
	leaving atomic.Bool  // /readyz says so
	failing atomic.Int32 // with this status, or without an answer where it is 1
	asked   chan string  // the key of each request for a list
}

func (n *node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/readyz":
		if n.leaving.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return
	case "/healthz":
		return
	}
	n.asked <- r.Header.Get("Idempotency-Key")
	body, _ := io.ReadAll(r.Body) // where it breaks off, its text is missing
	switch status := int(n.failing.Load()); {
	case status == 1:
		panic(http.ErrAbortHandler)
	case status > 1:
		w.WriteHeader(status)
	case strings.HasSuffix(r.URL.Path, "/events"):
		fmt.Fprintln(w, n.name)
		_ = http.NewResponseController(w).Flush() // an error shows at the other end
		<-r.Context().Done()
	default:
		fmt.Fprint(w, n.name, string(body))
	}
}

// A balancer is haproxy with our configuration, in front of three nodes.
type balancer struct {
	client *http.Client
	nodes  map[string]*node
}

func balance(t *testing.T) *balancer {
	t.Helper()
	installed(t, "haproxy")
	certs := certificates(t)
	b := &balancer{nodes: map[string]*node{}}
	changes := []string{"bind :80", "bind fd@3", "bind :443", "bind fd@4", "bind 127.0.0.1:8404", "bind fd@5",
		"/etc/haproxy/lists.pem", certs + "/haproxy.pem", "/etc/haproxy/ca.pem", certs + "/ca.pem",
		"log /dev/log", "log stdout format raw",
		"    user haproxy\n    group haproxy\n    chroot /var/lib/haproxy\n", ""}
	for _, machine := range machines {
		n := &node{name: machine, asked: make(chan string, 1000)}
		n.server = httptest.NewUnstartedServer(n)
		identity, err := tls.LoadX509KeyPair(filepath.Join(certs, machine+".pem"), filepath.Join(certs, machine+"-key.pem"))
		require.NoError(t, err)
		n.server.TLS = &tls.Config{Certificates: []tls.Certificate{identity}}
		n.server.StartTLS()
		t.Cleanup(n.server.Close)
		b.nodes[machine] = n
		changes = append(changes, machine+".example.org:8443", n.server.Listener.Addr().String())
	}
	dir := t.TempDir()
	haproxy := exec.CommandContext(t.Context(), "haproxy", "-db", "-f", write(t, dir, "haproxy.cfg", changes...)) //nolint:gosec // a file of ours
	haproxy.Stdout, haproxy.Stderr = t.Output(), t.Output()
	var address string
	for i := range 3 {
		l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		require.NoError(t, err)
		defer l.Close()
		file, err := l.File()
		require.NoError(t, err)
		defer file.Close()
		haproxy.ExtraFiles = append(haproxy.ExtraFiles, file)
		if i == 1 {
			address = l.Addr().String()
		}
	}
	require.NoError(t, haproxy.Start())
	t.Cleanup(func() {
		_ = haproxy.Process.Kill() // it may have ended
		_ = haproxy.Wait()
	})
	b.client = httpsClient(t, filepath.Join(certs, "ca.pem"), address)
	return b
}

// httpsClient returns a client that finds any name at one address.
func httpsClient(t *testing.T, ca, address string) *http.Client {
	t.Helper()
	text, err := os.ReadFile(ca)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(text))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// ask sends a request, and returns the status and the text of the answer.
func (b *balancer) ask(t *testing.T, method, path, body string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "https://lists.example.org"+path, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := b.client.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(text)
}

// nodeOf returns the node that answers for a list.
func (b *balancer) nodeOf(t *testing.T, list string) string {
	t.Helper()
	status, name := b.ask(t, http.MethodGet, "/v1/lists/"+list, "")
	require.Equal(t, http.StatusOK, status)
	return name
}

// forget forgets what the nodes were asked, and returns how much that was.
func (b *balancer) forget() (count int) {
	for _, n := range b.nodes {
		for len(n.asked) > 0 {
			<-n.asked
			count++
		}
	}
	return count
}
