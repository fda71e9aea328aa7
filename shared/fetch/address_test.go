package fetch

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

// badAddresses can be told by themselves; %PORT% is the world's port.
var badAddresses = []string{
	"", "://", "https://", "https:example.com", "example.com/logo.png", "/logo.png", "https://%zz/",
	"http://example.com:%PORT%/", "ftp://example.com/", "file:///etc/passwd", "gs://bucket/logo.png", "data:image/png;base64,AA==",
	"https://user:secret@example.com:%PORT%/", "https://user@example.com:%PORT%/",
	"https://example.com:80/", "https://example.com:8443/", "https://example.com:0/", "https://example.com:65536/",
	"https://localhost:%PORT%/", "https://LOCALHOST:%PORT%/", "https://localhost.:%PORT%/", "https://a.localhost:%PORT%/",
	"https://metadata:%PORT%/", "https://metadata.google.internal:%PORT%/", "https://metadata.google.internal.:%PORT%/",
	"https://printer.local:%PORT%/", "https://router.home.arpa:%PORT%/",
	"https://127.0.0.1:%PORT%/", "https://127.0.0.1.:%PORT%/", "https://127.1:%PORT%/", "https://127.0.1:%PORT%/",
	"https://2130706433:%PORT%/", "https://0x7f000001:%PORT%/", "https://0x7f.0.0.1:%PORT%/", "https://0x7f.1:%PORT%/",
	"https://0177.0.0.1:%PORT%/", "https://017700000001:%PORT%/", "https://0:%PORT%/", "https://0.0.0.0:%PORT%/",
	"https://169.254.169.254:%PORT%/", "https://2852039166:%PORT%/", "https://10.0.0.1:%PORT%/", "https://8.8.8.8:%PORT%/",
	"https://[::1]:%PORT%/", "https://[::]:%PORT%/", "https://[::ffff:127.0.0.1]:%PORT%/", "https://[::ffff:7f00:1]:%PORT%/",
	"https://[64:ff9b::7f00:1]:%PORT%/", "https://[2002:7f00:1::]:%PORT%/", "https://[fe80::1%25eth0]:%PORT%/", "https://[fd00:ec2::254]:%PORT%/",
	"https://127.0.0.1:%PORT%/", "https://①②⑦.⓪.⓪.①:%PORT%/", "https://example。com:%PORT%/", "https://exa mple.com:%PORT%/",
	"https://example..com:%PORT%/", "https://.example.com:%PORT%/", "https://" + strings.Repeat("a", 64) + ".com:%PORT%/",
	"https://" + strings.Repeat("a.", 130) + "com:%PORT%/",
}

func TestBadAddresses(t *testing.T) {
	w := newWorld(t, 1000, func(http.ResponseWriter, *http.Request) {})
	for _, address := range badAddresses {
		data, err := w.client.Get(t.Context(), strings.ReplaceAll(address, "%PORT%", w.port))
		if !errors.Is(err, wallet.ErrInvalid) || data != nil {
			t.Errorf("%q gives %q, %v", address, data, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
	if n := w.connections.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

// privateAddresses are what a name of innocent looks may lead to.
var privateAddresses = []string{
	"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.2", "127.255.255.255",
	"169.254.169.254", "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.31.196.1",
	"192.52.193.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "192.175.48.1", "198.18.0.1", "198.19.255.255",
	"198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
	"::", "::1", "::7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "100:0:0:1::1",
	"2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:1ff::1", "2001:db8::1", "2002:a9fe:a9fe::1", "2620:4f:8000::1",
	"3fff::1", "3fff:fff::1", "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "febf::1", "fec0::1", "ff02::1",
}

func TestNamesOfPrivateAddresses(t *testing.T) {
	w := newWorld(t, 1000, func(http.ResponseWriter, *http.Request) {})
	for _, addr := range privateAddresses {
		w.resolves("a.example.com", addr)
		_, err := w.client.Get(t.Context(), w.https("a.example.com", "/"))
		if !errors.Is(err, wallet.ErrInvalid) || strings.Contains(err.Error(), addr) {
			t.Errorf("a name that leads to %s: %v", addr, err)
		}
	}
	if n := w.connections.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestPublic(t *testing.T) {
	for _, addr := range privateAddresses {
		if public(netip.MustParseAddr(addr).Unmap()) {
			t.Errorf("%s is public", addr)
		}
	}
	for _, addr := range []string{
		"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
		"169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0",
		"198.17.255.255", "198.20.0.0", "223.255.255.255", "::ffff:8.8.8.8",
		"2001:200::1", "2001:4860:4860::8888", "2600::1", "2a00:1450::1", "3ffe::1",
	} {
		if !public(netip.MustParseAddr(addr).Unmap()) {
			t.Errorf("%s is not public", addr)
		}
	}
	if public(netip.Addr{}) || public(netip.MustParseAddr("2600::1%eth0")) {
		t.Error("no address, or one with a zone, is public")
	}
}

func TestTheClientForPublicHosts(t *testing.T) {
	c := New(1000, 1)
	if c.reach.port != "443" || c.reach.permitted(standIn) || c.reach.resolver != nil || c.reach.roots != nil {
		t.Errorf("New reaches %+v", c.reach)
	}
	if err := c.reach.control(t.Context(), "tcp4", "8.8.8.8:443", nil); err != nil {
		t.Errorf("a public address: %v", err)
	}
	for _, to := range [][2]string{
		{"tcp4", "8.8.8.8:80"}, {"tcp4", "127.0.0.1:443"}, {"tcp6", "[::ffff:127.0.0.1]:443"}, {"tcp6", "[fe80::1%eth0]:443"},
		{"udp4", "8.8.8.8:443"}, {"unix", "/run/socket"}, {"tcp4", "example.com:443"},
	} {
		if c.reach.control(t.Context(), to[0], to[1], nil) == nil {
			t.Errorf("%v is let through", to)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, address := range badAddresses {
		f.Add(address)
	}
	f.Add("https://example.com/logo.png?size=3#top")
	f.Fuzz(func(t *testing.T, address string) {
		u, err := reach{port: "443"}.parse(address)
		if err != nil {
			if !errors.Is(err, wallet.ErrInvalid) {
				t.Errorf("%q: %v", address, err)
			}
			return
		}
		if _, err := netip.ParseAddr(u.Hostname()); err == nil || u.Scheme != "https" || u.User != nil || !strings.Contains(u.Hostname(), ".") {
			t.Errorf("%q passes as %v", address, u)
		}
	})
}
