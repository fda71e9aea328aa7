package probe

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
)

// lines are those of a file that say something.
func lines(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for line := range strings.SplitSeq(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		said, err := strconv.Unquote(`"` + line + `"`)
		if err != nil {
			t.Fatalf("%s: %q: %v", name, line, err)
		}
		list = append(list, said)
	}
	return list
}

// special returns the first, the second, one in the middle and the last address of every special block.
func special(t *testing.T) []netip.Addr {
	t.Helper()
	addresses := []netip.Addr{netip.MustParseAddr("169.254.169.254"), netip.MustParseAddr("169.254.170.2"), netip.MustParseAddr("100.100.100.200")}
	for _, line := range lines(t, "special.txt") {
		block, err := netip.ParsePrefix(line)
		if err != nil {
			t.Fatal(err)
		}
		first, last, middle := block.Masked().Addr().AsSlice(), block.Masked().Addr().AsSlice(), block.Masked().Addr().AsSlice()
		for bit := block.Bits(); bit < len(first)*8; bit++ {
			last[bit/8] |= 1 << (7 - bit%8)
			if bit%3 == 0 {
				middle[bit/8] |= 1 << (7 - bit%8)
			}
		}
		second := slices.Clone(first)
		if block.Bits() < len(first)*8 {
			second[len(second)-1] |= 1
		}
		for _, bytes := range [][]byte{first, second, middle, last} {
			a, _ := netip.AddrFromSlice(bytes)
			addresses = append(addresses, a)
		}
	}
	return addresses
}

// An issuing is the issuer's API with the album that is deployed, on a network of the test's.
type issuing struct {
	*world
	*network
	puts int
}

func newIssuing(t *testing.T) *issuing {
	t.Helper()
	album := document.NewAlbum(inmem.NewBucket(), func(context.Context, string, string) ([]byte, error) { return nil, wallet.ErrNotFound })
	w, err := newWorld(setup{log: slog.New(slog.DiscardHandler), keys: liveKeys, pictures: func(*gate) document.Pictures { return album }})
	if err != nil {
		t.Fatal(err)
	}
	return &issuing{world: w, network: newNetwork(t)}
}

// perDocument is how many pictures a document may have.
const perDocument = 20

// refuses puts documents with pictures at these addresses, and wants a finding for each and a connection for none.
func (i *issuing) refuses(t *testing.T, addresses []string) {
	t.Helper()
	for some := range slices.Chunk(addresses, perDocument) {
		images := make(map[string]any)
		for n, address := range some {
			images[fmt.Sprintf("picture%02d", n)] = address
		}
		body := card("a card")
		body["images"] = images
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(i.watched(t.Context()), 10*time.Second)
		r := httptest.NewRequestWithContext(ctx, http.MethodPut, "/issuer/v1/passes/"+id(loyalty, "card-1").String(), strings.NewReader(string(text)))
		w := httptest.NewRecorder()
		i.issuer.ServeHTTP(w, r)
		cancel()
		i.puts++
		var problem struct{ Findings wallet.Findings }
		if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil || w.Code != http.StatusUnprocessableEntity {
			t.Fatalf("%q: status %d, %s", some, w.Code, w.Body)
		}
		for n, address := range some {
			at := fmt.Sprintf("/images/picture%02d", n)
			if !slices.ContainsFunc(problem.Findings, func(f wallet.Finding) bool {
				return f.Path == at && (f.Rule == "IMG-SOURCE" || f.Rule == "DOC-IMAGE") && f.Severity == wallet.SeverityError && !strings.Contains(f.Message, "cannot be had now")
			}) {
				t.Errorf("%q is not refused", address)
			}
		}
		if connected := i.connected(); len(connected) > 0 {
			t.Fatalf("%q: the dialer connects to %q", some, connected)
		}
	}
}

// No notation of a special address gets as far as the dialer, or to a name server.
func TestSpecialAddressesInEveryNotation(t *testing.T) {
	i := newIssuing(t)
	var addresses []string
	for _, a := range special(t) {
		for _, host := range notations(a) {
			addresses = append(addresses, "https://"+host+"/logo.png")
		}
	}
	for _, line := range lines(t, "addresses.txt") {
		addresses = append(addresses, line, line+"/logo.png")
	}
	i.refuses(t, addresses)
	if i.asked() > 0 || i.kept() > 0 {
		t.Errorf("%d names were looked up and %d connections begun", i.asked(), i.kept())
	}
	t.Logf("%d addresses in %d documents, no connection", len(addresses), i.puts)
}

// A name of innocent looks that leads to special addresses is refused at the dialer, each time: there is no first answer that
// a second one could differ from.
func TestNamesOfSpecialAddresses(t *testing.T) {
	i := newIssuing(t)
	all := special(t)
	var addresses []string
	for n, a := range all {
		alone, mixed := fmt.Sprintf("a%d.example.com", n), fmt.Sprintf("m%d.example.com", n)
		i.leads(alone, a)
		i.leads(mixed, a, all[(n+7)%len(all)], all[(n+101)%len(all)])
		for _, name := range []string{alone, strings.ToUpper(alone), alone + ".", alone + ":443", mixed} {
			addresses = append(addresses, "https://"+name+"/logo.png")
		}
	}
	i.refuses(t, addresses)
	if i.asked() < len(addresses) || i.kept() < len(addresses) {
		t.Errorf("%d lookups and %d attempts for %d addresses: the names did not lead to the dialer", i.asked(), i.kept(), len(addresses))
	}
	t.Logf("%d names in %d documents: %d attempts kept from connecting, no connection", len(addresses), i.puts, i.kept())
}

// A name that leads elsewhere at each lookup is refused at each.
func TestNamesThatLeadElsewhereEachTime(t *testing.T) {
	i := newIssuing(t)
	for _, a := range special(t) {
		i.leads("rebinding.example.com", a)
		i.refuses(t, []string{"https://rebinding.example.com/logo.png"})
	}
}

// The corpus would be worth nothing if the network were not watched: a dialer without the check is seen to connect.
func TestTheNetworkIsWatched(t *testing.T) {
	n := newNetwork(t)
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	here := server.Listener.Addr().(*net.TCPAddr)
	n.leads("here.example.com", here.AddrPort().Addr())
	connection, err := new(net.Dialer).DialContext(n.watched(t.Context()), "tcp", fmt.Sprintf("here.example.com:%d", here.Port))
	if err != nil {
		t.Fatal(err)
	}
	connection.Close()
	if connected := n.connected(); n.asked() == 0 || !slices.Equal(connected, []string{here.String()}) {
		t.Errorf("%d lookups, connections %q", n.asked(), connected)
	}
}
