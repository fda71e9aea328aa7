package install_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/functions/install"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// bundled returns a link's token to the fixture's pass and to another, which has the same package.
func (f *fixture) bundled() string {
	f.t.Helper()
	other := wallet.PassID{PassTypeIdentifier: card.PassTypeIdentifier, SerialNumber: "card-2"}
	pkg := wallet.CurrentPackage{ID: other}.Next(noon)
	pkg.Object = "packages/1.pkpass"
	_, err := f.store.SavePackage(f.t.Context(), pkg)
	check(f.t, err)
	url, err := wallet.InstallLinks{Keys: f.keys, BaseURL: base, Now: func() time.Time { return f.now }}.InstallURL(card, other)
	check(f.t, err)
	return strings.TrimPrefix(url, base+"/install/")
}

func TestALinkToSeveralPassesGivesABundle(t *testing.T) { // BUN-1 to BUN-4
	f := newFixture(t).packaged(nil, pkpass.Source{icon})
	token := f.bundled()
	for _, request := range []struct{ token, userAgent string }{{token, iPhone}, {token + install.BundleSuffix, desktop}} {
		got := f.call(http.MethodGet, request.token, request.userAgent)
		if got.Code != http.StatusOK || got.Header().Get("Content-Type") != "application/vnd.apple.pkpasses" ||
			!strings.Contains(got.Header().Get("Content-Disposition"), card.SerialNumber+".pkpasses") {
			t.Fatalf("%d %v", got.Code, got.Header())
		}
		if got.Header().Get("Content-Length") != strconv.Itoa(got.Body.Len()) {
			t.Errorf("%d bytes, announced as %s", got.Body.Len(), got.Header().Get("Content-Length"))
		}
		if head := f.call(http.MethodHead, request.token, request.userAgent); head.Code != http.StatusOK || head.Body.Len() > 0 ||
			head.Header().Get("Content-Length") != strconv.Itoa(got.Body.Len()) {
			t.Errorf("HEAD: %d, %d bytes, %v", head.Code, head.Body.Len(), head.Header())
		}
		bundle, ok := pkpass.OpenBundle(bytes.NewReader(got.Body.Bytes()), int64(got.Body.Len()))
		if !ok {
			t.Fatal("it is no bundle")
		}
		var names []string
		for entry := range bundle.Passes() {
			names = append(names, entry.Name)
			if !bytes.Equal(entry.Data, f.data) {
				t.Errorf("%s is another package", entry.Name)
			}
		}
		if strings.Join(names, " ") != "01-"+card.SerialNumber+".pkpass 02-card-2.pkpass" {
			t.Errorf("the bundle has %q", names)
		}
	}
}

func TestABundleWaitsForItsLastPass(t *testing.T) {
	f := newFixture(t)
	if got := f.call(http.MethodGet, f.bundled(), iPhone); got.Code != http.StatusServiceUnavailable {
		t.Errorf("%d", got.Code)
	}
}

// large is a bucket whose objects are all as large as a package may be, and begin with another byte each; cut is how many bytes
// are missing at the end when one is opened for the second time.
type large struct {
	cut    int64
	opened map[string]int
}

func (l large) Open(_ context.Context, name string) (io.ReadCloser, int64, error) {
	length := int64(pkpass.MaxPackageSize)
	if l.opened[name]++; l.opened[name] == 2 {
		length -= l.cut
	}
	return io.NopCloser(io.LimitReader(io.MultiReader(strings.NewReader(name[len(name)-1:]), zeros{}), length)), length, nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// ten returns a link's token to ten passes, two of each serial number, and the handler that answers it from a bucket.
func ten(t *testing.T, bucket webservice.Bucket) (token string, handler http.Handler) {
	store := inmem.NewStore()
	var ids []wallet.PassID
	for n := range wallet.MaxLinked {
		id := wallet.PassID{PassTypeIdentifier: fmt.Sprint("pass.com.example.type", n%2), SerialNumber: fmt.Sprint("card-", n/2)}
		pkg := wallet.CurrentPackage{ID: id}.Next(noon)
		pkg.Object = fmt.Sprint("packages/", n)
		_, err := store.SavePackage(t.Context(), pkg)
		check(t, err)
		ids = append(ids, id)
	}
	links := wallet.InstallLinks{Keys: tokenKeys(t, "k"), BaseURL: base, Now: func() time.Time { return noon }}
	url, err := links.InstallURL(ids...)
	check(t, err)
	return strings.TrimPrefix(url, base+"/install/"),
		webservice.NewRouter(slog.New(slog.DiscardHandler)).Handle(webservice.InstallPass, install.New(store, bucket, links))
}

// The largest bundle is sent as it is made, whole, in the order of the link, with each pass as it is.
func TestTheLargestBundle(t *testing.T) { // BUN-2, BUN-3
	token, handler := ten(t, large{opened: make(map[string]int)})
	got := httptest.NewRecorder()
	handler.ServeHTTP(got, httptest.NewRequest("GET", "/install/"+token+".pkpasses", nil))
	archive, err := zip.NewReader(bytes.NewReader(got.Body.Bytes()), int64(got.Body.Len()))
	check(t, err)
	if len(archive.File) != 10 || got.Body.Len() > 150_000_000 || got.Header().Get("Content-Length") != strconv.Itoa(got.Body.Len()) {
		t.Fatalf("%d passes, %d bytes, announced as %s", len(archive.File), got.Body.Len(), got.Header().Get("Content-Length"))
	}
	for n, entry := range archive.File {
		if want := fmt.Sprintf("%02d-card-%d.pkpass", n+1, n/2); entry.Name != want {
			t.Errorf("pass %d is named %s, want %s", n, entry.Name, want)
		}
		content, err := entry.Open()
		check(t, err)
		sum := crc32.NewIEEE()
		first := make([]byte, 1)
		_, err = io.ReadFull(content, first)
		check(t, err)
		_, _ = sum.Write(first)
		length, err := io.Copy(sum, content)
		if err != nil || length+1 != pkpass.MaxPackageSize || string(first) != strconv.Itoa(n) || entry.CRC32 != sum.Sum32() {
			t.Errorf("pass %d begins with %s and has %d bytes more, with the checksum %x: %v", n, first, length, entry.CRC32, err)
		}
	}
}

// nobody reads an answer.
type nobody struct{ header http.Header }

func (n nobody) Header() http.Header         { return n.header }
func (n nobody) Write(p []byte) (int, error) { return len(p), nil }
func (n nobody) WriteHeader(int)             {}

func TestABundleIsNotHeldInMemory(t *testing.T) {
	token, handler := ten(t, large{opened: make(map[string]int)})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	handler.ServeHTTP(nobody{make(http.Header)}, httptest.NewRequest("GET", "/install/"+token+".pkpasses", nil))
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 4<<20 {
		t.Errorf("it takes %d bytes", taken)
	}
}

// A record without its object is our fault in a bundle, too.
func TestABundleWithAMissingObject(t *testing.T) {
	token, handler := ten(t, inmem.NewBucket())
	got := httptest.NewRecorder()
	handler.ServeHTTP(got, httptest.NewRequest("GET", "/install/"+token+".pkpasses", nil))
	if got.Code != http.StatusInternalServerError || got.Body.Len() > 0 || got.Header().Get("Content-Disposition") != "" {
		t.Errorf("%d %v, %d bytes", got.Code, got.Header(), got.Body.Len())
	}
}

// Nobody takes half a bundle for a whole one.
func TestABundleThatBreaksOff(t *testing.T) {
	token, handler := ten(t, large{cut: 1, opened: make(map[string]int)})
	server := httptest.NewServer(handler)
	defer server.Close()
	response, err := server.Client().Get(server.URL + "/install/" + token + ".pkpasses")
	check(t, err)
	defer response.Body.Close()
	if n, err := io.Copy(io.Discard, response.Body); err == nil {
		t.Errorf("%d bytes, of %d that were announced, without an error", n, response.ContentLength)
	}
}
