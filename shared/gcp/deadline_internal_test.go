package gcp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// hang waits for the end of the context, as whoever calls a service that never answers.
func hang(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// A request whose work never ends is given up while there is still time to answer it.
func TestARequestEndsBeforeThePlatformCutsItOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := func(context.Context) (struct{}, error) { return struct{}{}, nil }
		var err error
		h := within("LatestPass", time.Minute, open, func(_ struct{}, _ http.ResponseWriter, r *http.Request) { err = hang(r.Context()) })
		start := time.Now()
		h(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		if took := time.Since(start); took != time.Minute-margin || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

// Clients that cannot be opened keep nobody longer than that, either; and once they can be, nobody has to be started again.
func TestOpeningThatHangsKeepsNoRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := make(chan struct{})
		opens := 0
		open := func(ctx context.Context) (struct{}, error) {
			opens++
			<-away
			return struct{}{}, ctx.Err()
		}
		h := within("LatestPass", time.Minute, open, func(_ struct{}, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
		ask := func() (*httptest.ResponseRecorder, time.Duration) {
			start, answer := time.Now(), httptest.NewRecorder()
			h(answer, httptest.NewRequest("GET", "/", nil))
			return answer, time.Since(start)
		}
		var all sync.WaitGroup
		for range 80 {
			all.Go(func() {
				if answer, took := ask(); took != time.Minute-margin || answer.Code != 503 || answer.Header().Get("Retry-After") != "1" {
					t.Errorf("%d %v after %v", answer.Code, answer.Header(), took)
				}
			})
		}
		all.Wait()
		close(away)
		synctest.Wait()
		if answer, took := ask(); took != 0 || answer.Code != 204 || opens != 1 {
			t.Errorf("%d after %v, opened %d times", answer.Code, took, opens)
		}
	})
}

// A message that is too large is read to its end, so that it is not sent again, and is not kept.
func TestAMessageThatIsTooLarge(t *testing.T) {
	fits := `{"message":{"data":"` + strings.Repeat("AAAA", wallet.MaxDocumentSize/3) + `"}}`
	if data, err := messageData(strings.NewReader(fits)); err != nil || len(data) < wallet.MaxDocumentSize-3 {
		t.Errorf("the largest document: %d bytes, %v", len(data), err)
	}
	body := strings.NewReader(`{"message":{"data":"` + strings.Repeat("AAAA", 2<<20) + `"}}`)
	if data, err := messageData(body); !errors.Is(err, wallet.ErrTooLarge) || data != nil {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if n, _ := io.Copy(io.Discard, body); n != 0 {
		t.Errorf("%d bytes are left", n)
	}
}
