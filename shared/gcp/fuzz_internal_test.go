package gcp

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

// What Pub/Sub pushes is handed on to the byte; what it would never push is refused for good.
func FuzzPushedMessage(f *testing.F) {
	for _, seed := range []string{
		`{"message":{"data":"eyJhIjoxfQ==","messageId":"1","attributes":{"a":"b"}},"subscription":"s"}`, `{"message":{"data":"/wA="}}`, `{"MESSAGE":{"Data":"YQ=="}}`,
		`{"message":{"data":"YQ==","data":"Yg"}}`, `{"message":{"data":[97]}}`, `{"message":{"data":null}}`, `{"message":1}`, `{"message":{"data":"%"}}`, `[]`, `null`, ``, "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		checkEnvelope(t, body)
		data, err := messageData(bytes.NewReader(body))
		if err != nil {
			if !errors.Is(err, wallet.ErrInvalid) || wallet.Acknowledge(t.Context(), slog.New(slog.DiscardHandler), "IngestPass", err) != nil {
				t.Errorf("%q would be delivered again: %v", body, err)
			}
			return
		}
		if !json.Valid(body) || len(data) > len(body) {
			t.Errorf("%q holds %q", body, data)
		}
		if wanted, ok := dataOf(body); ok && !bytes.Equal(data, wanted) {
			t.Errorf("%q holds %q, want %q", body, data, wanted)
		}
	})
}

// checkEnvelope pushes a message as Pub/Sub does.
func checkEnvelope(t *testing.T, message []byte) {
	t.Helper()
	body := fmt.Sprintf(`{"message":{"attributes":{"data":"YQ=="},"data":%q,"messageId":"1"},"subscription":"data"}`, base64.StdEncoding.EncodeToString(message))
	if data, err := messageData(strings.NewReader(body)); err != nil || !bytes.Equal(data, message) {
		t.Errorf("%q is handed on as %q, %v", message, data, err)
	}
}

// dataOf returns what another reader of JSON finds in an envelope, when there is no doubt about what is in it.
func dataOf(body []byte) (data []byte, ok bool) {
	object, findings, err := wallet.DecodeObject(body)
	message, isObject := object["message"].(map[string]any)
	text, isText := message["data"].(string)
	if err != nil || len(findings) > 0 || !isObject || !isText || len(object) != 1 || len(message) != 1 {
		return nil, false
	}
	data, err = base64.StdEncoding.DecodeString(text)
	return data, err == nil
}

// The trigger's path is taken for exactly the pass that it names.
func FuzzDocumentPath(f *testing.F) {
	for _, seed := range []string{
		"passTypes/pass.com.example/passes/card-1", "passTypes/pass.com.example/passes/card-1/notes/1", "/passTypes/pass.com.example/passes/card-1", "passTypes//passes/",
		"passTypes/pass.com.example/packages/card-1", "passTypes/pass.a/passes/..", "passTypes/pass.a/passes/__a__", "passTypes/pass.a/passes/J\u00f6rg", "passTypes/pass.\x00/passes/\xff", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		id, err := passOfDocument(path)
		if err != nil {
			if !errors.Is(err, wallet.ErrInvalid) {
				t.Errorf("%q: %v", path, err)
			}
			return
		}
		if again := "passTypes/" + id.PassTypeIdentifier + "/passes/" + id.SerialNumber; again != path || id.Validate() != nil {
			t.Errorf("%q is taken for %v", path, id)
		}
	})
}

// Anyone can send a trace. Whatever it is, a record stays one line of JSON, and the trace one of this project.
func FuzzTrace(f *testing.F) {
	for _, seed := range []string{
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-" + strings.Repeat("\x00", 32) + "-a-01", "00-" + strings.Repeat("\xff", 32) + "--", "---", "",
		"00-" + strings.Repeat("a", 100) + "-00f067aa0ba902b7-01", "00-a-00f067aa0ba902b7-01",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		var log bytes.Buffer
		logger := slog.New(traceHandler{slog.NewJSONHandler(&log, &slog.HandlerOptions{ReplaceAttr: cloudNames}), "project"})
		logger.InfoContext(withTrace(t.Context(), http.Header{"Traceparent": {header}}), "said")
		var record map[string]any
		if err := json.Unmarshal(log.Bytes(), &record); err != nil || strings.Count(log.String(), "\n") != 1 || record["message"] != "said" || record["severity"] != "INFO" {
			t.Fatalf("%q is logged as %q, %v", header, &log, err)
		}
		trace, there := record["logging.googleapis.com/trace"].(string)
		if id, ours := strings.CutPrefix(trace, "projects/project/traces/"); there && (!ours || len(id) < 32 || len(id) > 3*32) {
			t.Errorf("%q is logged as the trace %q", header, trace)
		}
	})
}
